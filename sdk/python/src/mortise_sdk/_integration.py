"""What an author writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic

from ._errors import Unsupported

if TYPE_CHECKING:
    # What checks types knows it; it is not there when a project runs.
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

    An operation that the capabilities do not offer is never called. Where they declare fields of their own, a ``TypedDict`` says what
    those are:

        class AcmeUser(User, total=False):
            color: str | None

        class Acme(Integration[AcmeUser]): ...
    """

    capabilities: ClassVar[Capabilities]
    """What it is and can do. The host reads it once for each loaded version: it must not depend on anything."""

    def create_user(self, call: Call, user: U) -> User | None:
        """Creates a user and returns it as the vendor has it now, or ``None`` where the vendor answers with nothing. ``user`` holds
        the fields that were declared as required or writable, and no others."""
        raise Unsupported("this integration does not create users")

    def update_user(self, call: Call, id: str, user: U) -> User | None:
        """Updates the user ``id``, as the caller gave it. A field that is missing is left alone, one that is ``None`` is cleared.
        Returns as :meth:`create_user` does."""
        raise Unsupported("this integration does not update users")

    def get_user(self, call: Call, id: str) -> User | None:
        """Reads the user ``id``. ``None`` where the vendor has no such user and does not say so by a status of 404 or 410."""
        raise Unsupported("this integration does not get users")

    def list_users(self, call: Call, page: Page) -> UsersPage:
        """Reads one page of users: :meth:`Response.users_in` and its siblings make it of the vendor's answer. Raises
        :class:`InvalidCursor` where the vendor no longer takes the cursor."""
        raise Unsupported("this integration does not list users")

    def delete_user(self, call: Call, id: str) -> None:
        """Deletes the user ``id`` by the one request that has the declared effect, which is the primary one. Raises
        :class:`NotFound` where the vendor says that the user is gone already, and not by a status of 404 or 410."""
        raise Unsupported("this integration does not delete users")
