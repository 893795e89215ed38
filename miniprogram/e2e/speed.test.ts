// How little a phone has to fetch, and that a slow one in a slow network is
// still usable. Times are shown by the figures, never by a test.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPhone } from './lib/phone'
import type { Server } from './lib/server'
import { startServer } from './lib/server'
import { resident } from './lib/tour'

let server: Server
before(async () => {
  server = await startServer()
})
after(() => server.stop())

const asked = (phone: Awaited<ReturnType<typeof openPhone>>) =>
  phone.page.evaluate(() => (window as unknown as { stage: { requests: { url: string }[] } }).stage.requests.map((r) => new URL(r.url).pathname.replace('/api/v1', '')))

test('somebody who comes back sees their village’s lawyer after at most three requests', async () => {
  const phone = await openPhone(server, resident, { storage: await server.kept(resident) })
  await phone.see('邓凯川')
  const needed = ['/villages/110116001001', '/villages/110116001001/advisors']
  const first = (await asked(phone)).slice(0, 3)
  for (const path of needed) assert.ok(first.includes(path), `${path} is not among ${first.join(', ')}`)
  await phone.close()
})

test('a processor four times slower and a network like 3G: a booking still goes through', async () => {
  const phone = await openPhone(server, resident)
  const devtools = await phone.page.context().newCDPSession(phone.page)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  await devtools.send('Network.enable')
  await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 300, downloadThroughput: (400 * 1024) / 8, uploadThroughput: (400 * 1024) / 8 })
  await phone.page.reload()
  await phone.tap('同意，进入')
  await phone.tap('约到村')
  await phone.tap('上午 9:00')
  await phone.tap('合同')
  await phone.tap('确认预约')
  await phone.see('约好了')
  await phone.close()
})
