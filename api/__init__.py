"""The one DRF layer: urls, authentication, permissions, pagination, errors, one module per resource."""
