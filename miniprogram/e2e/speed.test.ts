// How little a phone has to fetch, and that a slow one in a slow network is
// still usable. Times are shown by the figures, never by a test.
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

test('somebody who comes back sees their village’s lawyer after at most three requests', async () => {
  const phone = await openPhone(server, resident, { storage: await server.kept(resident) })
  let asked = 0
  await phone.page.route('**/api/v1/**', async (route) => {
    asked += 1
    if (asked <= 3) await route.continue() // whatever else is asked gets no answer
  })
  await phone.page.reload()
  await phone.see('邓凯川')
  await phone.see(/执业证号/)
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
