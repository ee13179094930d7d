// A Node server as anybody would write it, on the socket that it inherits.
const http = require('node:http')

const server = http.createServer((request, response) => {
  const { pid, env } = process
  if (!server.listening) response.setHeader('Connection', 'close')
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify({ path: request.url, pid, generation: env.MARTLET_GENERATION }))
})

// Without `backlog` Node would lower the queue of the shared socket to 511.
server.listen({ fd: 3, backlog: 4096 })
process.on('SIGINT', () => server.close(() => process.exit(0)))
