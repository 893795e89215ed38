// The real server with demo data, one for each test that asks, each with data
// of its own. Seeding takes seconds, so it is done once and then copied.
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../../bin/server', import.meta.url))
const startTime = 20_000
const seedTime = 120_000
const stopTime = 10_000

/** startServer starts the program on ports of its own and waits until it answers. */
export async function startServer() {
  const data = await mkdtemp(join(tmpdir(), 'villagecounsel-run-'))
  await cp(await seeded(), data, { recursive: true })
  const [port, adminPort] = await freePorts()
  const log = join(data, 'server.log')
  const child = start(['serve'], log, {
    DATA_DIR: data,
    ADDR: `127.0.0.1:${port}`,
    ADMIN_ADDR: `127.0.0.1:${adminPort}`,
  })
  const server = new Server(`http://127.0.0.1:${port}`, child, data, log)
  await server.ready(`http://127.0.0.1:${adminPort}/readyz`)
  return server
}

export class Server {
  /** How many milliseconds the server's clock goes ahead of the true time. */
  private ahead = 0
  private readonly ended: Promise<void>

  constructor(
    readonly base: string,
    private readonly child: ChildProcess,
    private readonly data: string,
    private readonly log: string,
  ) {
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()))
    process.on('exit', this.kill)
  }

  /** stop ends the server and throws its data away. */
  async stop() {
    this.child.ref()
    this.child.kill('SIGTERM')
    const stopped = await Promise.race([this.ended.then(() => true), sleep(stopTime, false, { ref: false })])
    this.child.kill('SIGKILL')
    await this.ended
    process.off('exit', this.kill)
    this.kill()
    if (!stopped) throw new Error(`the server did not stop within ${stopTime / 1000} s`)
  }

  /** clock sets how many seconds the server's clock goes ahead of the true time. */
  async clock(offsetSeconds: number) {
    this.ahead = offsetSeconds * 1000
    await call(`${this.base}/demo/clock`, 'POST', { offset_seconds: offsetSeconds })
  }

  /** kept answers what a phone of this person has kept since it was last used. */
  async kept(code: string) {
    return { session: (await this.api(code)).session, ahead: this.ahead }
  }

  /** api logs in with a demo code and answers a client of that person. */
  async api(code: string) {
    const session = (await call(`${this.base}/api/v1/login`, 'POST', { code })) as Session
    return new Client(`${this.base}/api/v1`, session)
  }

  /** ready waits until the server says that it is. */
  async ready(url: string) {
    const deadline = Date.now() + startTime
    while (this.child.exitCode === null && Date.now() < deadline) {
      const answer = await fetch(url).catch(() => undefined)
      if (answer?.ok) return
      await sleep(50)
    }
    const said = tail(this.log)
    this.kill()
    throw new Error(`the server did not start:\n${said}`)
  }

  private readonly kill = () => {
    this.child.kill('SIGKILL')
    rmSync(this.data, { recursive: true, force: true })
  }
}

// Answers of the API, as loose as tests like them.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any

export interface Session {
  token: string
  person: { id: string; kind: string; name: string; village: string }
}

/** Client speaks to the API as one person. */
export class Client {
  constructor(
    private readonly root: string,
    readonly session: Session,
  ) {}

  get person() {
    return this.session.person
  }

  get = (path: string) => this.send('GET', path)
  post = (path: string, body: object = {}) => this.send('POST', path, body)
  put = (path: string, body: object) => this.send('PUT', path, body)
  del = (path: string) => this.send('DELETE', path)

  private send(method: string, path: string, body?: object) {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.session.token}` }
    if (method !== 'GET') headers['Idempotency-Key'] = randomUUID()
    return call(this.root + path, method, body, headers)
  }
}

async function call(url: string, method: string, body?: object, headers: Record<string, string> = {}): Promise<Json> {
  const answer = await fetch(url, {
    method,
    headers: body ? { 'Content-Type': 'application/json', ...headers } : headers,
    body: body && JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`)
  return text ? JSON.parse(text) : undefined
}

function start(args: string[], log: string, settings: Record<string, string>) {
  const output = openSync(log, 'a')
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, DEMO: '1', RATE_LIMIT: '0', ...settings },
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  // A server that somebody forgot must not keep the test file from ending.
  child.unref()
  return child
}

let seeding: Promise<string> | undefined

/** seeded answers a folder with fresh demo data, made once for this program and this day. */
function seeded() {
  seeding ??= seed()
  return seeding
}

async function seed() {
  const { mtimeMs, size } = statSync(program)
  const family = `villagecounsel-demo-${createHash('sha256').update(program).digest('hex').slice(0, 8)}-`
  const folder = join(tmpdir(), `${family}${new Date().toISOString().slice(0, 10)}-${Math.round(mtimeMs)}-${size}`)
  const lock = `${folder}.lock`
  const deadline = Date.now() + seedTime
  while (!(await exists(folder))) {
    if (await makeLock(lock)) {
      try {
        await dropOld(family)
        await makeSeed(folder)
      } finally {
        await rm(lock, { recursive: true, force: true })
      }
    } else if (Date.now() > deadline) throw new Error(`another test run holds ${lock}`)
    else await sleep(200)
  }
  return folder
}

async function makeSeed(folder: string) {
  const draft = await mkdtemp(`${folder}.draft-`)
  const log = join(draft, 'server.log')
  const child = start(['seed'], log, { DATA_DIR: draft })
  // While it seeds it is waited for, so it does keep the process.
  child.ref()
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`the demo data could not be made:\n${tail(log)}`)
  await rename(draft, folder)
}

/** makeLock takes the lock, or an old one whose holder has died. */
async function makeLock(lock: string) {
  try {
    await mkdir(lock)
    return true
  } catch {
    const held = await stat(lock).catch(() => undefined)
    if (held && Date.now() - held.mtimeMs > seedTime) await rm(lock, { recursive: true, force: true })
    return false
  }
}

async function dropOld(family: string) {
  for (const name of await readdir(tmpdir())) {
    if (name.startsWith(family) && !name.endsWith('.lock')) await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}

async function exists(path: string) {
  return (await stat(path).catch(() => undefined)) !== undefined
}

async function freePorts() {
  const servers = [createServer(), createServer()]
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ports.push((server.address() as AddressInfo).port)
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return ports
}

function tail(log: string) {
  return readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')
}
