// A Node worker that listens in many places; each answers with its name.
const dgram = require('node:dgram')
const fs = require('node:fs')
const https = require('node:https')
const net = require('node:net')

const named = (name) => net.createServer((connection) => connection.end(`${name}\n`))

// One after the other, so that the order is the same in all workers.
named('by name').listen(9001, () =>
  named('by address').listen(9002, '127.0.0.1', () =>
    named('by path').listen('/run/places.sock', () =>
      named('by number').listen({ fd: 7 }, () =>
        named('by order').listen(4711, () => {
          named('again').on('error', (error) => console.log(`again: ${error.code}`)).listen(4711)
          named('nowhere').on('error', (error) => console.log(`nowhere: ${error.code}`))
            .listen('/run/nowhere.sock')
          const socket = dgram.createSocket('udp4')
          socket.on('message', (text, from) => socket.send(`udp ${text}`, from.port, from.address))
          socket.bind(5353)
          const [key, cert] = [fs.readFileSync('/run/key.pem'), fs.readFileSync('/run/cert.pem')]
          https.createServer({ key, cert }, (_, response) => response.end('tls\n')).listen(443)
        })))))
