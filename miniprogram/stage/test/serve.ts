// A small server for the stage's tests: the built stage under the content
// policy that the real one sends, and a few answers for it to ask for.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "media-src 'self' blob:; connect-src 'self' blob:; frame-src 'self'; base-uri 'none'; frame-ancestors 'self'"
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
const slowness = 3000

export async function serve(folder: string) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const answer = answers[pathname]
    if (answer) void answer(request, response)
    else sendFile(response, join(folder, pathname.replace(/^\/app\/?/, '') || 'index.html'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  '/demo/people': (_, response) =>
    sendJson(response, {
      items: [
        { code: 'demo-resident-1', label: '村民 王某' },
        { code: 'demo-advisor-1', label: '律师 李某' },
      ],
    }),
  '/api/echo': async (request, response) => {
    response.setHeader('Date', 'Tue, 03 Mar 2026 01:00:00 GMT')
    sendJson(response, { method: request.method, body: JSON.parse((await bodyOf(request)).toString()) as unknown })
  },
  '/api/slow': (_, response) => setTimeout(() => sendJson(response, {}), slowness).unref(),
  '/api/upload': async (request, response) => {
    const text = (await bodyOf(request)).toString('latin1')
    sendJson(response, { file: /filename="([^"]*)"/.exec(text)?.[1], kind: text.includes('photo') })
  },
}

function sendJson(response: ServerResponse, value: unknown) {
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(value))
}

function sendFile(response: ServerResponse, file: string) {
  try {
    const content = readFileSync(file)
    response.setHeader('Content-Security-Policy', policy)
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream')
    response.end(content)
  } catch {
    response.statusCode = 404
    response.end()
  }
}

async function bodyOf(request: IncomingMessage) {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
