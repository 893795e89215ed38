// Shows the program's own contract; nothing is asked of any other host.
SwaggerUIBundle({
  url: '/api/v1/openapi.yaml',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false
})
