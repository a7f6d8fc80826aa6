"""The class that an author implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic

from ._errors import Unsupported

if TYPE_CHECKING:
    # Only type checkers know it; it does not exist when a project runs.
    from typing_extensions import TypeVar

    from ._call import Call
    from ._capabilities import Capabilities
    from ._model import User
    from ._page import Page, UsersPage

    U = TypeVar("U", bound=User, default=User)
else:
    from typing import TypeVar

    U = TypeVar("U")


class Integration(Generic[U]):
    """One vendor's integration: a subclass of this, whose instance is called ``integration`` in ``src/integration.py``.

    The host never calls an operation that the capabilities do not declare. If they declare fields of their own, a
    ``TypedDict`` gives these their types:

        class AcmeUser(User, total=False):
            color: str | None

        class Acme(Integration[AcmeUser]): ...
    """

    capabilities: ClassVar[Capabilities]
    """The declaration. The host reads it once for each loaded version, so it must not depend on anything outside the
    component."""

    def create_user(self, call: Call, user: U) -> User | None:
        """Creates a user and returns the vendor's record of it, or ``None`` if the vendor's answer is empty. ``user``
        holds only fields that were declared as required or writable."""
        raise Unsupported("this integration does not create users")

    def update_user(self, call: Call, id: str, user: U) -> User | None:
        """Updates the user ``id``, as the caller gave it. Do not change a field that is missing, and clear one that is
        ``None``. Returns as :meth:`create_user` does."""
        raise Unsupported("this integration does not update users")

    def get_user(self, call: Call, id: str) -> User | None:
        """Reads the user ``id``. ``None`` if the vendor has no such user and does not say so by a status of 404 or
        410."""
        raise Unsupported("this integration does not get users")

    def list_users(self, call: Call, page: Page) -> UsersPage:
        """Reads one page of users: :meth:`Response.users_in` and its siblings make the page from the vendor's answer.
        Raises :class:`InvalidCursor` if the vendor does not take the cursor any more."""
        raise Unsupported("this integration does not list users")

    def delete_user(self, call: Call, id: str) -> None:
        """Deletes the user ``id`` by one request, which has the declared effect and is the primary one. Raises
        :class:`NotFound` if the vendor says that the user is gone already, and not by a status of 404 or 410."""
        raise Unsupported("this integration does not delete users")
