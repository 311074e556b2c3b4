exports.default = async (req, context) => {
  return new Response('Hello from CommonJS!')
}
