// A Node worker that says more than it must, and worse, as it is asked by the path of a request.
const fs = require('node:fs')
const http = require('node:http')

const channel = 3
let beats = true
let received = []

process.on('message', (message) => {
  received.push(message)
  if (message === 'shutdown') {
    console.log('told to shut down')
    server.close(() => process.exit(7))
    server.closeIdleConnections?.()
  }
})

// The channel is non-blocking and the master may be slower than we are.
function write (bytes) {
  for (let sent = 0; sent < bytes.length;) {
    try { sent += fs.writeSync(channel, bytes, sent) } catch (error) {
      if (error.code !== 'EAGAIN') return
    }
  }
}

const deeds = {
  '/ready': () => process.send('ready'),
  '/status': () => process.send({ martlet: 'status', text: 'three in the queue' }),
  '/silence': () => { beats = false },
  '/messages': () => { for (let i = 0; i < 1000; i++) process.send({ i, fill: 'x'.repeat(1000) }) },
  '/handle': () => process.send('a server', server),
  '/nonsense': () => write(Buffer.from('nonsense\n')),
  '/half': () => write(Buffer.from('{"cmd":"NODE_CLUSTER","act"')),
  '/endless': () => write(Buffer.alloc(100 << 20, 'x')),
  '/leave': () => require('node:cluster').worker.disconnect()
}

const server = http.createServer((request, response) => {
  response.setHeader('Connection', 'close')
  response.end(JSON.stringify({ pid: process.pid, received }))
  if (deeds[request.url]) setImmediate(deeds[request.url])
})
server.listen(8000)

setInterval(() => { if (beats) process.send({ martlet: 'watchdog' }) }, 200)
if (process.env.READY_AFTER) setTimeout(deeds['/ready'], Number(process.env.READY_AFTER))
