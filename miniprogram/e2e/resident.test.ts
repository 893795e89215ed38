// What a resident does with the mini-program, one story each.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPhone } from './lib/phone'
import type { Server } from './lib/server'
import { startServer } from './lib/server'
import { book, goTo, resident } from './lib/tour'

let server: Server
before(async () => {
  server = await startServer()
})
after(() => server.stop())

const neighbour = 'demo-resident-500' // somebody new: no name, no village

test('somebody who does not agree can read all that is public, and is asked for nothing', async () => {
  const phone = await openPhone(server, neighbour, { path: 'pages/home/home?scene=110116001001' })
  await phone.see('邓凯川')
  await phone.see(/1111320041091\d+/)
  await phone.see('最近可以约：')
  await phone.tap({ name: '预约' })
  await phone.see('登录以后才能看')
  await phone.tap('去登录')
  await phone.tap('看隐私政策全文')
  await phone.see('我们收集什么，为什么')
  await phone.back()
  await phone.tap('不同意，先看看')
  await phone.tap({ name: '我的村' })
  await phone.see('邓凯川')
  await phone.close()
})

test('a newcomer scans the village’s code, agrees on the way, gives name and phone once, and books', async () => {
  const phone = await openPhone(server, neighbour, { path: 'pages/home/home?scene=110116001001' })
  await phone.tap('约电话')
  await phone.tap('同意，进入')
  await phone.tap('上午 9:00')
  await phone.tap('欠钱、借贷')
  await phone.tap('确认预约')
  await phone.see('请写您的姓名')
  await phone.type('您的姓名', '何大山')
  await phone.type('您的手机号', '15400009999')
  await phone.tap('确认预约')
  await phone.see('约好了')
  await phone.close()
})

test('booking for a neighbour: the lawyer gets the neighbour’s name and phone', async () => {
  const phone = await openPhone(server, 'demo-resident-2', { path: 'pages/home/home' })
  await phone.tap('同意，进入')
  await phone.tap('约到村')
  await phone.tap({ name: /^上午 9:30|上午 9:30$/ })
  await phone.type('用一句话说', '老人的赡养费')
  await phone.tap({ name: '替家人、邻居约' })
  await phone.tap('确认预约')
  await phone.see('请写他（她）的姓名')
  await phone.type('他（她）的姓名', '李素芬')
  await phone.type('他（她）的手机号', '15400008888')
  await phone.tap('确认预约')
  await phone.see('约好了')
  await phone.see(/李素芬/)
  await phone.close()
})

test('two residents want the same time: the loser is offered others and keeps what was written', async () => {
  const [one, other] = [await openPhone(server, resident), await openPhone(server, 'demo-resident-322')]
  for (const phone of [one, other]) {
    await phone.tap('同意，进入')
    await phone.tap('约到村')
    await phone.tap('上午 11:00')
    await phone.type('用一句话说', '宅基地的事')
  }
  await one.tap('确认预约')
  await one.see('约好了')
  other.expects(409)
  await other.tap('确认预约')
  await other.see(/约走/)
  await other.tap({ name: /^改约/ })
  await other.tap('确认预约')
  await other.see('约好了')
  await other.see('宅基地的事')
  await one.close()
  await other.close()
})

test('what was typed is still there after going back, and after closing', async () => {
  const phone = await openPhone(server, 'demo-resident-3')
  await phone.tap('同意，进入')
  await phone.tap('约到村')
  await phone.type('用一句话说', '承包地被占了')
  await phone.back()
  await phone.tap('约电话')
  assert.equal(await phone.value('用一句话说'), '承包地被占了')
  await phone.page.reload()
  await phone.settled()
  assert.equal(await phone.value('用一句话说'), '承包地被占了')
  await phone.close()
})

test('words of danger bring up 110 and 12348 at once, and calling is one tap', async () => {
  const phone = await openPhone(server, resident)
  await phone.tap('同意，进入')
  await phone.tap('约到村')
  await phone.type('用一句话说', '他喝了酒就打我')
  await phone.see('有危险，先求助')
  await phone.tap(/报警 110/)
  await phone.tap('呼叫 110')
  assert.deepEqual(await phone.calls(), ['110'])
  await phone.type('用一句话说', '地界')
  await phone.gone('有危险，先求助')
  await phone.close()
})

test('the office and 12348 are one tap away', async () => {
  const phone = await openPhone(server, resident)
  await phone.tap('同意，进入')
  await phone.see('邓凯川')
  await phone.tap({ name: /^打电话给/ })
  await phone.tap(/^呼叫/)
  await phone.tap({ name: '拨打法律服务热线 12348' })
  await phone.tap(/^呼叫/)
  const calls = await phone.calls()
  assert.match(calls[0]!, /^15400[05]\d+$/)
  assert.equal(calls[1], '12348')
  await phone.close()
})

test('no time fits: a resident joins the waiting list, is told of a free time, and leaves the list', async () => {
  const phone = await openPhone(server, 'demo-resident-20')
  await phone.tap('同意，进入')
  await phone.tap('约到村')
  await phone.tap(/登记候补/)
  await phone.tap('登记候补')
  await phone.see('登记好了')
  await phone.tap(/^不等了$/)
  await phone.tap('不等了')
  await phone.gone('正在等的')
  await phone.close()
})

test('a resident complains and reads the answer', async () => {
  const villager = await server.api(resident)
  const done = (await villager.get('/appointments?status=done&limit=1')).items[0].id as string
  const phone = await openPhone(server, resident, { path: `pages/booking/booking?id=${done}`, storage: await server.kept(resident) })
  await phone.tap(/投诉/)
  await phone.type('是什么事', '约好九点，律师九点半才到。')
  await phone.tap('交给司法所')
  await phone.arrives('pages/complaint/complaint')
  const town = await server.api('demo-town-1')
  const filed = (await town.get('/complaints?open=true')).items as { id: string; text: string }[]
  const mine = filed.find((c) => c.text.startsWith('约好九点'))!
  await town.post(`/complaints/${mine.id}/answer`, { text: '律师当天临时开庭，已责令改正并致歉。', outcome: 'upheld' })
  await phone.page.reload()
  await phone.see('律师当天临时开庭，已责令改正并致歉。')
  await phone.close()
})

test('consent withdrawn: booking stops, reading goes on, and agreeing again mends it', async () => {
  const phone = await openPhone(server, 'demo-resident-4')
  await phone.tap('同意，进入')
  await phone.tap({ name: '我的' })
  await phone.tap('隐私政策')
  await phone.tap('撤回同意')
  await phone.tap('撤回同意')
  await phone.tap('知道了')
  await phone.back()
  await phone.tap({ name: '我的村' })
  await phone.tap('约到村')
  await phone.tap('上午 10:00')
  await phone.tap('合同')
  phone.expects(422)
  await phone.tap('确认预约')
  await phone.tap('同意')
  await phone.tap('确认预约')
  await phone.see('约好了')
  await phone.close()
})

test('the session has ended: the phone logs in again silently and repeats the request', async () => {
  const phone = await openPhone(server, resident)
  await phone.tap('同意，进入')
  await phone.see('邓凯川')
  await (await server.api(resident)).del('/me/sessions')
  await phone.page.waitForTimeout(5200) // a revoked token falls within five seconds
  phone.expects(401, Infinity)
  await phone.tap({ name: '预约' })
  await phone.see('还没有到的')
  await phone.close()
})

test('the video consult counts down, and says when its button will lead in', async () => {
  const villager = await server.api('demo-resident-5')
  const village = villager.person.village as string
  const law = (await villager.get(`/villages/${village}/advisors`)).items[0].id as string
  const id = await book(villager, law, village, 0, '租房押金', 'video')
  const { start } = await villager.get(`/appointments/${id}`)
  await goTo(server, new Date(Date.parse(start as string) - 3 * 60_000))
  const phone = await openPhone(server, 'demo-resident-5', { path: `pages/booking/booking?id=${id}`, storage: await server.kept('demo-resident-5') })
  await phone.see(/视频咨询还有 [12] 分 \d\d 秒/)
  await phone.close()
  await server.clock(0)
})

test('the lawyer cancels: the resident is offered other times', async () => {
  const villager = await server.api('demo-resident-6')
  const village = villager.person.village as string
  const law = (await villager.get(`/villages/${village}/advisors`)).items[0].id as string
  const id = await book(villager, law, village, 1, '工伤')
  await (await server.api('demo-town-1')).post(`/appointments/${id}/cancel`, { reason: '律师临时开庭' })
  const phone = await openPhone(server, 'demo-resident-6', { path: `pages/booking/booking?id=${id}`, storage: await server.kept('demo-resident-6') })
  await phone.see('已取消')
  await phone.see(/换一个时间|重新预约/)
  await phone.close()
})

test('a double tap books once', async () => {
  const phone = await openPhone(server, 'demo-resident-7')
  await phone.tap('同意，进入')
  await phone.tap('约到村')
  await phone.tap({ name: /^明天|上午|下午/ })
  await phone.tap('合同')
  const box = (await phone.top.getByText('确认预约').boundingBox())!
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await Promise.all([phone.page.touchscreen.tap(x, y), phone.page.touchscreen.tap(x, y)])
  await phone.see('约好了')
  const mine = await (await server.api('demo-resident-7')).get('/appointments?status=booked')
  assert.equal(mine.items.length, 1)
  await phone.close()
})

test('a name is amended, and the village left', async () => {
  const phone = await openPhone(server, 'demo-resident-8', { path: 'pages/profile/profile', storage: await server.kept('demo-resident-8') })
  await phone.type('您的姓名', '赵大河')
  await phone.tap('保存')
  await phone.settled()
  await phone.tap('退出这个村')
  await phone.tap('退出')
  await phone.settled()
  const me = (await (await server.api('demo-resident-8')).get('/me')) as { name: string; village: string | null }
  assert.deepEqual([me.name, me.village], ['赵大河', null])
  await phone.close()
})

test('a code of no village leads back, not into a dead end', async () => {
  const phone = await openPhone(server, neighbour, { path: 'pages/villages/villages', storage: { looking: true } })
  phone.expects(404, Infinity)
  await phone.page.goto(`${server.base}/app/phone.html?as=${neighbour}&scanned=1#/pages/home/home?scene=999999999999`)
  await phone.see('先找到您的村')
  await phone.tap('按名字找村')
  await phone.type('村名或乡镇名', '富乐')
  await phone.tap(/^富乐北里/)
  await phone.see('最近可以约：')
  await phone.close()
})
