"""Makes the usual calls for users and accounts with Truto's published SDK for Python. Prints the results as one JSON
object.

    python truto_sdk.py BASE_URL TOKEN ACCOUNT
"""

import asyncio
import json
import sys

from aiohttp import ClientResponseError
from truto_python_sdk import TrutoApi

USERS = ("ticketing", "users")


async def users(api: TrutoApi, account: str) -> dict:
    def query(**more) -> dict:
        return {"integrated_account_id": account, "truto_ignore_remote_data": True, **more}

    new = {"name": "Ada Example", "emails": [{"email": "ada@example.com", "is_primary": True}]}
    created = await api.unified_api.create(*USERS, new, query())
    updated = await api.unified_api.update(*USERS, created["id"], {"name": "Ada E. Example"}, query())
    got = await api.unified_api.get(*USERS, created["id"], query(truto_exclude_fields=["roles", "avatar"]))
    listed = await api.unified_api.list(*USERS, query(limit=2)).to_array()
    pages = api.unified_api.list(*USERS, query(limit=2))
    lengths = [len(await pages.next_page())]
    while pages.next_cursor:
        lengths.append(len(await pages.next_page()))
    found = await api.unified_api.list(*USERS, query(email="ADA@example.com")).to_array()
    deleted = await api.unified_api.delete(*USERS, created["id"], query())
    return {
        "created": created, "updated": updated, "got": got, "listed": [user["id"] for user in listed], "lengths": lengths,
        "found": [user["id"] for user in found], "deleted": deleted,
        "get_again": await refused(api.unified_api.get(*USERS, created["id"], query())),
        "delete_again": await refused(api.unified_api.delete(*USERS, created["id"], query())),
    }  # fmt: skip


async def accounts(api: TrutoApi) -> dict:
    new = {"integration": "dixa", "tenant_id": "globex", "context": {"api_token": "placeholder"}}
    imported = await api.integrated_accounts._import(new)
    return {
        "imported": imported,
        "got": await api.integrated_accounts.get(imported["id"]),
        "updated": await api.integrated_accounts.update(imported["id"], {"context": {"api_token": "another"}}),
        "listed": await api.integrated_accounts.list(tenant_id="globex").to_array(),
        "by_pages": [account["id"] async for account in api.integrated_accounts.list(limit=1)],
        "deleted": await api.integrated_accounts.delete(imported["id"]),
        "get_again": await refused(api.integrated_accounts.get(imported["id"])),
        "integrations": await api.integrations.list().to_array(),
        "integration": await api.integrations.get("dixa"),
    }


async def refused(call) -> int:
    """The status of a failed call."""
    try:
        await call
    except ClientResponseError as error:
        return error.status
    return 0


async def main(base_url: str, token: str, account: str) -> None:
    api = TrutoApi(token, base_url)
    print(json.dumps({"users": await users(api, account), "accounts": await accounts(api)}))


asyncio.run(main(*sys.argv[1:]))
