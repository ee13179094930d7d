// Workers that talk to each other by way of the pool. What a worker is told stands in
// /run/told.SLOT, a line each.
const cluster = require('node:cluster')
const fs = require('node:fs')
const http = require('node:http')

const slot = Number(process.env.NODE_APP_INSTANCE)
const told = fs.openSync(`/run/told.${slot}`, 'a')
const asked = new Map()
process.on('message', (message) => {
  if (message.type === 'martlet:counter') asked.get(message.id)?.(message.value)
  else fs.writeSync(told, JSON.stringify(message) + '\n')
})
let last = 0
const add = (name, difference) => new Promise((resolve) => {
  asked.set(++last, resolve)
  process.send({ type: 'martlet:counter', name, add: difference, id: last })
})

http.createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  if (pathname === '/visit') return response.end(JSON.stringify({ visits: await add('visits', 1) }))
  const count = Number(searchParams.get('count') ?? 1)
  const size = Number(searchParams.get('size') ?? 0)
  const to = JSON.parse(searchParams.get('to') ?? '"all"')
  for (let number = 0; number < count; number++) {
    process.send({ type: 'martlet:message', to, msg: { number, text: 'x'.repeat(size) } })
  }
  response.setHeader('Connection', 'close')
  response.end(JSON.stringify({ slot, id: cluster.worker.id }))
}).listen(8000)
