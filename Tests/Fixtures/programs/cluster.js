// A program with Node's cluster module as its documentation has it: primary and worker in one file.
// Nothing in it knows of a pool.
const cluster = require('node:cluster')
const http = require('node:http')

if (cluster.isMaster) {
  for (let i = 0; i < 2; i++) cluster.fork()
} else {
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const { pid, env } = process
    const answer = () => {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({
        path: request.url, pid, id: cluster.worker.id, slot: env.NODE_APP_INSTANCE,
        generation: env.MARTLET_GENERATION, variables: Object.keys(env)
      }))
    }
    setTimeout(answer, Number(url.searchParams.get('ms') ?? 0))
  })
  if (process.env.MAX_CONNECTIONS) server.maxConnections = Number(process.env.MAX_CONNECTIONS)
  server.listen(process.env.AT ?? 1314)
}
