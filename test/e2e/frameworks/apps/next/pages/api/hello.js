export default function hello(request, response) {
  response.status(201).json({ method: request.method, name: request.query.name })
}
