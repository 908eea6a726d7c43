"""Links between the stores that this deployment's data makes, beside those of the schemas (docs/mixed-queries.md)."""

TRIVIUM_LINKS = [
    # What the outbox keeps about users in MongoDB (docs/outbox.md).
    {"name": "summary", "source": "users.id", "target": "documents[summaries]._id"},
    {"name": "user_profile", "source": "users.id", "target": "documents[user-profiles]._id"},
    # Whom the purchases of the CDNOW sample belong to.
    {"name": "cdnow_account", "source": "keys[cdnow.customer_id].key", "target": "accounts[cdnow].number"},
    # The customers and accounts of MongoDB's sample_analytics.
    {
        "name": "customer",
        "source": "keys[customers._id].key",
        "target": "documents[customers]._id",
        "conversion": "text_to_object_id",
    },
    {
        "name": "customer_account",
        "source": "keys[accounts.account_id].key",
        "target": "documents[accounts].account_id",
        "conversion": "text_to_int",
    },
    {
        "name": "accounts_of_customer",
        "source": "documents[customers].accounts",
        "target": "documents[accounts].account_id",
    },
    # The profiles of the demo data (imports/demo.py).
    {
        "name": "profile",
        "source": "keys[shop.customer_number].key",
        "target": "documents[profiles].customer.number",
        "conversion": "text",
    },
    {
        "name": "accounts_of_profile",
        "source": "documents[profiles].accounts",
        "target": "accounts[shop].number",
        "conversion": "text",
    },
]
