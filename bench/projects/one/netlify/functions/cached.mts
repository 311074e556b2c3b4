export default () => new Response('Hello, world!', { headers: { 'cache-control': 'public, max-age=86400' } })
