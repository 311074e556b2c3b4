const { http } = require('@google-cloud/functions-framework')
http('bench', (request, response) => {
  if (request.method === 'POST') response.json(request.body)
  else response.type('text/plain').send('Hello, world!')
})
