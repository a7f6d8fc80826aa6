"""Write a Mortise integration: a vendor's users behind the unified users API, as a sandboxed WebAssembly component.

    from mortise_sdk import ABSENT, Auth, Call, Capabilities, Integration, Path, Support, User, Variable

    class Example(Integration):
        capabilities = Capabilities(
            slug="example",
            label="Example",
            origins=["https://api.example.com/v2"],
            variables=[Variable("api_token", "API token", secret=True)],
            auth=[Auth.bearer("{api_token}")],
            operations=[Support.update("ticketing", writable=["name"], response=["id", "name"])],
        )

        def update_user(self, call: Call, id: str, user: User) -> User | None:
            change = {"full_name": user.get("name", ABSENT)}
            return call.patch(Path("/people") / id).json(change).primary().send().user(read)

    def read(person: Any) -> User:
        return {"id": person["id"], "name": person["full_name"]}

    integration = Example()

- A field of a request is missing (do not change it), ``None`` (clear it) or has a value. A body leaves out members that
  are ``ABSENT``, so ``user.get("name", ABSENT)`` passes all three on to the vendor.
- ``/`` puts a caller's identifier into a path, where it cannot become more than one segment.
- Modules are imported while the component is built: import at the top of a file, never inside a function.
"""

from ._absent import ABSENT, Absent
from ._call import Call
from ._capabilities import (
    Auth,
    Authorization,
    Capabilities,
    Capture,
    Evidence,
    Exchange,
    ExchangeAnswer,
    Listing,
    RateLimit,
    Support,
    Variable,
)
from ._errors import (
    Failure,
    InternalError,
    InvalidCursor,
    InvalidInput,
    NotFound,
    Refused,
    Unsupported,
    VendorError,
    after,
)
from ._integration import Integration
from ._lenient import flag, identifier, text
from ._mapping import (
    full_name,
    main_and_mobile,
    main_phone,
    mobile_phone,
    names,
    not_null,
    numeric_id,
    or_empty,
    other_emails,
    primary_email,
    required,
    role_words,
    roles,
    roles_by_id,
    single,
)
from ._model import (
    Email,
    Group,
    License,
    Organization,
    Phone,
    Role,
    Status,
    Url,
    User,
    Workspace,
)
from ._page import Filter, Page, Row, Sort, UsersPage
from ._path import Path
from ._request import Request, Response
from ._rows import Rows
from ._time import date_time, millis
from ._words import (
    AuthKind,
    Category,
    Effect,
    End,
    EvidenceKind,
    ExchangeEncoding,
    ExchangeKind,
    FailureKind,
    JsonType,
    Operation,
    Operator,
    Order,
    Pkce,
    QueryParameter,
)

__version__ = "0.1.0"

__all__ = [
    "ABSENT",
    "Absent",
    "Auth",
    "AuthKind",
    "Authorization",
    "Call",
    "Capabilities",
    "Capture",
    "Category",
    "Effect",
    "Evidence",
    "Email",
    "End",
    "EvidenceKind",
    "Exchange",
    "ExchangeAnswer",
    "ExchangeEncoding",
    "ExchangeKind",
    "Failure",
    "FailureKind",
    "Filter",
    "Group",
    "Integration",
    "InternalError",
    "InvalidCursor",
    "InvalidInput",
    "JsonType",
    "License",
    "Listing",
    "NotFound",
    "Operation",
    "Operator",
    "Order",
    "Organization",
    "Page",
    "Path",
    "Phone",
    "Pkce",
    "QueryParameter",
    "RateLimit",
    "Refused",
    "Request",
    "Response",
    "Role",
    "Row",
    "Rows",
    "Sort",
    "Status",
    "Support",
    "Unsupported",
    "Url",
    "User",
    "UsersPage",
    "Variable",
    "VendorError",
    "Workspace",
    "__version__",
    "after",
    "date_time",
    "flag",
    "full_name",
    "identifier",
    "main_and_mobile",
    "main_phone",
    "millis",
    "mobile_phone",
    "names",
    "not_null",
    "numeric_id",
    "or_empty",
    "other_emails",
    "primary_email",
    "required",
    "role_words",
    "roles",
    "roles_by_id",
    "single",
    "text",
]
