// The same as app.py, for Node: a worker of node:cluster, under whatever primary.
const cluster = require('node:cluster')
const { readFileSync, writeFileSync } = require('node:fs')
const http = require('node:http')
const { env, pid } = process

const release = readFileSync(env.RELEASE, 'utf8').trim()
if (release === 'broken') throw new Error('this release is broken')
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(release) * 1000)

const small = `${pid}\n`
const large = 'x'.repeat(512 * 1024)
const server = http.createServer((request, response) => {
  if (cluster.worker.exitedAfterDisconnect) response.setHeader('Connection', 'close')
  const body = request.url === '/large' ? large : small
  response.setHeader('Content-Length', body.length)
  response.end(body)
})
server.listen(Number(env.PORT), '127.0.0.1', () => writeFileSync(`${env.LOADED}/${pid}`, ''))
