"""MongoDB: the djongo backend adapter, collections and their free-form documents."""
