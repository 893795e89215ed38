// What an advisor does between two villages.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPhone } from './lib/phone'
import type { Json, Server } from './lib/server'
import { startServer } from './lib/server'
import { advisor, book, cadre, goTo, resident } from './lib/tour'

let server: Server
before(async () => {
  server = await startServer()
})
after(() => server.stop())

const here = { latitude: 40.32, longitude: 116.63 }
const village = '110116001001'

/** How often the advisor signed in at the village today, as the server has it: a log of that day shows it. */
async function signedIn(): Promise<Json[]> {
  const lawyer = await server.api(advisor)
  const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  const end = Date.now() - 60_000
  const at = (ms: number) => new Date(ms).toISOString()
  const log = await lawyer.post('/service-logs', {
    village, mode: 'fixed', duty: 'publicity', start: at(end - 60_000 * (2 + Math.floor(Math.random() * 40))), end: at(end), content: `发放资料 ${day}`,
  })
  return (await lawyer.get(`/service-logs/${log.id}`)).sign_ins
}

test('a sign-in without a network is kept on the phone and arrives once, with the time at which it was made', async () => {
  const phone = await openPhone(server, advisor, { location: here })
  await phone.tap('同意，进入')
  await phone.tap('到村签到')
  await phone.tap(/^换一个$/)
  await phone.tap(/^富乐社区$/)
  await phone.offline(true)
  const made = Date.now()
  await phone.tap('按位置签到')
  await phone.see(/没有网络.*记在手机上/)
  await phone.page.waitForTimeout(1500)
  await phone.offline(false)
  await phone.tap(/现在发送|好了/)
  await phone.settled()
  const all = await signedIn()
  assert.equal(all.length, 1)
  assert.ok(Math.abs(Date.parse(all[0].claimed as string) - made) < 1500, all[0].claimed as string)
  await phone.close()
})

test('an answer that got lost on the way makes no second sign-in', async () => {
  const before = (await signedIn()).length
  const phone = await openPhone(server, advisor, { location: here })
  await phone.tap('同意，进入')
  await phone.tap('到村签到')
  await phone.tap(/^换一个$/)
  await phone.tap(/^富乐社区$/)
  let lost = 0
  await phone.page.route('**/api/v1/sign-ins', async (route) => {
    await route.fetch() // the server has it
    lost += 1
    if (lost === 1) await route.abort('connectionreset')
    else await route.continue()
  })
  phone.losing(true)
  await phone.tap('按位置签到')
  await phone.see(/记在手机上/)
  phone.losing(false)
  await phone.page.unroute('**/api/v1/sign-ins')
  await phone.tap(/现在发送|好了/)
  await phone.settled()
  await phone.page.reload()
  await phone.settled()
  await phone.gone('还没有发出的签到')
  assert.equal((await signedIn()).length, before + 1)
  await phone.close()
})

test('location refused: the village’s code does as well', async () => {
  const code = (await (await server.api(cadre)).get(`/villages/${village}/sign-in-code`)).code as string
  const phone = await openPhone(server, advisor, { location: here })
  await phone.tap('同意，进入')
  await phone.tap('到村签到')
  await phone.denies('getLocation')
  await phone.tap('按位置签到')
  await phone.see(/没有允许用位置/)
  await phone.scans(code)
  await phone.tap('扫村里的签到码')
  await phone.see(/已签到|签到好了|收到/)
  await phone.close()
})

test('leave: what it would touch is shown before it is taken', async () => {
  const villager = await server.api(resident)
  const law = (await server.api(advisor)).person.id as string
  await book(villager, law, village, 0, '地界')
  const { start } = (await villager.get('/appointments?status=booked')).items[0] as { start: string }
  await goTo(server, new Date(Date.parse(start) - 24 * 3_600_000))
  const phone = await openPhone(server, advisor, { path: 'pkg-advisor/leave/leave', storage: await server.kept(advisor) })
  await phone.tap('开庭')
  await phone.tap('请假')
  await phone.see(/1 个预约/)
  await phone.see(/王秀英|到村/)
  await phone.close()
  await server.clock(0)
})

test('a lecture is logged with its counters; the draft outlives the program', async () => {
  const phone = await openPhone(server, advisor, { path: 'pkg-advisor/write/write', storage: await server.kept(advisor) })
  await phone.tap('讲座')
  await phone.type('服务内容', '讲民法典婚姻家庭编')
  await phone.page.reload()
  await phone.settled()
  assert.equal(await phone.value('服务内容'), '讲民法典婚姻家庭编')
  await phone.tap({ name: '法治讲座加一' })
  await phone.type('手记', '下次带婚姻法的小册子')
  await phone.tap('记下')
  await phone.see(/已记下/)
  await phone.see('下次带婚姻法的小册子')
  const log = (await (await server.api(advisor)).get('/service-logs?limit=50')).items.find((one: Json) => one.content === '讲民法典婚姻家庭编')
  assert.equal(log.duty, 'publicity')
  const seen = await (await server.api(cadre)).get(`/service-logs/${log.id}`)
  assert.ok(!('content' in seen) && !('note' in seen))
  await phone.close()
})

test('a record of hundreds of entries is read a page at a time', async () => {
  const phone = await openPhone(server, advisor, { path: 'pkg-advisor/record/record', storage: await server.kept(advisor) })
  await phone.see(/一共 \d{3} 条/)
  const asked = () => phone.page.evaluate(() => (window as unknown as { stage: { requests: { url: string }[] } }).stage.requests.filter((r) => r.url.includes('/records')).length)
  assert.equal(await asked(), 1)
  for (let page = 2; page <= 6; page += 1) {
    await phone.top.locator('.mp-scroll').evaluate((box) => box.scrollTo(0, box.scrollHeight))
    await phone.settled()
  }
  assert.ok((await asked()) >= 5)
  await phone.close()
})

test('what is missing in a booking is brought into sight', async () => {
  const phone = await openPhone(server, 'demo-resident-501', { path: `pages/home/home?village=${village}` })
  await phone.tap('约到村')
  await phone.tap('同意，进入')
  await phone.tap('上午 9:30')
  await phone.tap('合同')
  await phone.tap('确认预约')
  await phone.see('请写您的姓名')
  await phone.page.waitForTimeout(500) // the page scrolls
  const box = (await phone.top.getByText('请写您的姓名').boundingBox())!
  assert.ok(box.y > 44 && box.y < 560, `it stands at ${box.y}`)
  await phone.close()
})

test('a photo that is gone from the phone holds up no other sign-in', async () => {
  const kept = await server.kept(advisor)
  const waiting = { person: kept.session.person.id, village: '富乐社区' }
  const at = new Date(Date.now() - 120_000).toISOString()
  const outbox = [
    { ...waiting, key: 'lost-photo-1', photo: 'wxfile://store_gone', body: { village, way: 'photo', at } },
    { ...waiting, key: 'behind-it-1', body: { village, way: 'place', at, lat: 40.32, lon: 116.63, accuracy: 20 } },
  ]
  const before = (await signedIn()).length
  const phone = await openPhone(server, advisor, { path: 'pkg-advisor/sign-in/sign-in', location: here, storage: { ...kept, outbox } })
  await phone.see(/照片已经不在手机上/)
  await phone.settled()
  assert.equal((await signedIn()).length, before + 1)
  await phone.tap(/^去掉$/)
  await phone.tap('去掉')
  await phone.gone('还没有发出的签到')
  await phone.close()
})
