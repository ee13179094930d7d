// A worker that has the pool's agent answer: GET /?question=21, or sends a message: GET /?to=all.
const http = require('node:http')

const waiting = []
let heard = 0
process.on('message', ({ type, from, msg }) => {
  if (type !== 'martlet:message') return
  if (from === 'agent' && msg.answer !== undefined) waiting.shift()?.(msg.answer)
  else heard++
})
const ask = (question) => new Promise((resolve) => {
  waiting.push(resolve)
  process.send({ type: 'martlet:message', to: 'agent', msg: { question } })
})

http.createServer(async (request, response) => {
  const { searchParams } = new URL(request.url, 'http://localhost')
  const to = searchParams.get('to')
  if (to) process.send({ type: 'martlet:message', to, msg: { hello: process.pid } })
  const question = Number(searchParams.get('question') ?? 0)
  const answer = question ? await ask(question) : null
  response.end(JSON.stringify({
    path: request.url, answer, heard, pid: process.pid, generation: Number(process.env.MARTLET_GENERATION),
  }))
}).listen(8000)
