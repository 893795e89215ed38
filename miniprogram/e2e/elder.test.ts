// 长辈版 all the way through a booking.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPhone } from './lib/phone'
import type { Server } from './lib/server'
import { startServer } from './lib/server'

let server: Server
before(async () => {
  server = await startServer()
})
after(() => server.stop())

test('one switch makes everything larger, and a booking goes by lists', async () => {
  const phone = await openPhone(server, 'demo-resident-1', { viewport: { width: 320, height: 568 } })
  await phone.tap({ name: '长辈版，字大一些' })
  await phone.tap('同意，进入')
  await phone.see('邓凯川')
  await phone.tap('约电话')
  await phone.tap(/周一$/) // a day of the list opens
  await phone.tap({ name: /上午 10:00$/ })
  await phone.see('上午 10:00，选这个')
  await phone.see('点这里，再点键盘上的话筒，可以说话')
  await phone.tap('赡养、继承')
  await phone.tap('确认预约')
  await phone.see('约好了')
  const width = await phone.page.evaluate(() => document.documentElement.scrollWidth)
  assert.equal(width, 320)
  await phone.close()
})

test('WeChat’s own large text turns it on by itself, and one’s own choice wins', async () => {
  const phone = await openPhone(server, 'demo-resident-1', { font: 22 })
  const mode = () => phone.top.locator('.page').first().getAttribute('class')
  assert.match((await mode())!, /elder/)
  await phone.tap({ name: '长辈版，字大一些' })
  assert.doesNotMatch((await mode())!, /elder/)
  await phone.page.reload()
  await phone.settled()
  assert.doesNotMatch((await mode())!, /elder/)
  await phone.close()
})
