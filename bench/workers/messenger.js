// What messenger.c does, for Node: as a worker of a pool of Protocol=node, or under a primary of its own,
// which passes messages on and keeps the counter.
const cluster = require('node:cluster')
const net = require('node:net')

function lead (count) {
  const workers = []
  let counter = 0
  cluster.on('message', (sender, message) => {
    if (message.type === 'martlet:counter') {
      sender.send({ type: message.type, id: message.id, value: (counter += message.add ?? 0) })
    }
    if (message.type !== 'martlet:message') return
    const passed = { type: message.type, from: workers.indexOf(sender), to: message.to, msg: message.msg }
    if (message.to === 'workers') for (const worker of workers) worker.send(passed)
    else workers[message.to].send(passed)
  })
  for (let slot = 0; slot < count; slot++) workers.push(cluster.fork({ NODE_APP_INSTANCE: slot }))
}

function work () {
  const left = { ask: 0, answers: 0, tell: 0, news: 0, count: 0, counts: 0 }
  const say = (to, msg) => process.send({ type: 'martlet:message', to, msg })
  const add = (id, number) => process.send({ type: 'martlet:counter', name: 'bench', add: number, id })
  const director = net.connect(process.env.DIRECTOR, () => {
    process.send('ready')
    director.write(`${process.env.NODE_APP_INSTANCE}\n`)
  })
  const begin = {
    ask (count, first) {
      Object.assign(left, { ask: count - first, answers: count })
      for (let i = 0; i < first; i++) say(1, 'ping')
    },
    expect (count) {
      left.news = count
      director.write('done\n')
    },
    tell (count, first) {
      left.tell = count - first
      for (let i = 0; i < first; i++) say('workers', 'news')
    },
    count (count, first) {
      Object.assign(left, { count: count - first, counts: count })
      for (let i = 0; i < first; i++) add('one', 1)
    },
    value () { add('value', 0) }
  }
  const heard = {
    ping: (from) => say(from, 'answer'),
    answer () {
      if (left.ask > 0 && left.ask--) say(1, 'ping')
      if (--left.answers === 0) director.write('done\n')
    },
    news () {
      if (left.tell > 0 && left.tell--) say('workers', 'news')
      if (--left.news === 0) director.write('done\n')
    }
  }
  process.on('message', (message) => {
    if (message.type === 'martlet:message') heard[message.msg](message.from)
    if (message.type !== 'martlet:counter') return
    if (message.id === 'value') return director.write(`${message.value}\n`)
    if (left.count > 0 && left.count--) add('one', 1)
    if (--left.counts === 0) director.write('done\n')
  })
  // One command at a time: the next is sent when this one is done.
  director.on('data', (line) => {
    const [verb, count = 0, atATime = 1] = line.toString().trim().split(' ')
    begin[verb](Number(count), Math.min(Number(count), Number(atATime)))
  })
  director.on('close', () => process.exit(0))
}

if (cluster.isPrimary) lead(Number(process.env.WORKERS))
else work()
