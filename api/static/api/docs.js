// Shows the OpenAPI description; no file comes from elsewhere.
const target = document.getElementById("description");
SwaggerUIBundle({ domNode: target, url: target.dataset.schema, deepLinking: true, validatorUrl: null });
