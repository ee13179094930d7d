// An agent on Node. What it is told stands in /run/agent.told, a line each; a question from a worker
// gets an answer.
const fs = require('node:fs')
const cluster = require('node:cluster')

if (process.env.AGENT_FAILS) process.exit(5)
const told = fs.openSync('/run/agent.told', 'a')
const note = (line) => fs.writeSync(told, JSON.stringify(line) + '\n')
process.on('message', (message) => {
  note(message)
  const { type, from, msg } = message
  if (type === 'martlet:message' && msg.question) {
    process.send({ type: 'martlet:message', to: from, msg: { answer: msg.question * 2 } })
  }
})
process.on('SIGINT', () => {
  note({ leaves: process.pid })
  process.exit(0)
})
note({
  starts: process.pid,
  isPrimary: cluster.isPrimary,
  role: process.env.MARTLET_AGENT,
  slot: process.env.MARTLET_WORKER ?? null,
  name: process.argv[2],
})
process.send('ready')
