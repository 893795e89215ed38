// The main job from end to end, on three phones against the real server.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Phone } from './lib/phone'
import { openPhone } from './lib/phone'
import type { Server } from './lib/server'
import { startServer } from './lib/server'
import { advisor, cadre, goTo, resident } from './lib/tour'

describe('from a booking to the month it counts in', () => {
  let server: Server
  let villager: Phone
  let lawyer: Phone
  let official: Phone
  let start = ''

  before(async () => {
    server = await startServer()
    villager = await openPhone(server, resident)
    lawyer = await openPhone(server, advisor, { location: { latitude: 40.32, longitude: 116.63 } })
    official = await openPhone(server, cadre)
  })
  after(async () => {
    for (const phone of [villager, lawyer, official]) await phone.close()
    await server.stop()
  })

  test('a resident books a visit in four taps', async () => {
    await villager.tap('同意，进入')
    await villager.see('邓凯川')
    const taps = villager.taps
    await villager.tap('约到村')
    await villager.tap('上午 9:30')
    await villager.tap('邻里纠纷')
    await villager.tap('确认预约')
    await villager.see('约好了')
    assert.equal(villager.taps - taps, 4)
    await villager.see('邻里纠纷')
  })

  test('moves it to another time, and keeps the old one until then', async () => {
    await villager.tap('改期')
    await villager.see('原来的时间会一直留着，直到新的约好。')
    await villager.tap('上午 10:30')
    await villager.tap('改到这时')
    await villager.see('时间改好了')
    await villager.see(/上午 10:30/)
  })

  test('is told that it is booked, with a badge; the lawyer is told of both', async () => {
    await villager.back()
    await villager.see('您的下一个预约')
    await villager.see(/上午 10:30 · 到村/)
    await villager.tap({ name: '消息，1 条未读' })
    await villager.see('预约成功')
    await lawyer.tap('同意，进入')
    await lawyer.tap({ name: /^消息/ })
    await lawyer.see('预约成功')
    await lawyer.see('预约有变动')
    const booked = (await (await server.api(resident)).get('/appointments?status=booked')) as { items: { start: string }[] }
    start = booked.items[0]!.start
    assert.match(start, /T10:30:00/)
  })

  test('the village’s cadre sees when and how, and nothing else', async () => {
    await official.tap('同意，进入')
    await official.tap('村里的日历')
    await official.see(/上午 10:30/)
    await official.gone('邻里纠纷')
    await official.gone('王秀英')
    await official.back()
  })

  test('the advisor signs in at the village', async () => {
    // A week has gone by: the sessions of all have ended, and begin again by themselves.
    for (const phone of [villager, lawyer, official]) phone.expects(401, Infinity)
    await goTo(server, new Date(Date.parse(start) - 10 * 60_000))
    await lawyer.tap({ name: '今天' })
    await lawyer.see('王秀英')
    await lawyer.see('邻里纠纷')
    await lawyer.tap('到村签到')
    await lawyer.tap('按位置签到')
    await lawyer.see(/已签到|签到好了|收到/)
    await lawyer.tap('好了')
  })

  test('logs it in two taps', async () => {
    await goTo(server, new Date(Date.parse(start) + 31 * 60_000))
    await lawyer.pull()
    const taps = lawyer.taps
    await lawyer.tap('记日志')
    await lawyer.tap('记下')
    await lawyer.see(/已记下/)
    assert.equal(lawyer.taps - taps, 2)
  })

  test('the cadre confirms that it took place', async () => {
    await official.tap('确认律师的服务')
    await official.tap({ name: /^今天上午 10:30.*点开确认/ })
    await official.gone('邻里纠纷')
    await official.tap('确认：确实来过')
    await official.see('已经确认，谢谢。')
  })

  test('the resident rates it', async () => {
    await villager.tap({ name: '预约' })
    await villager.pull()
    await villager.tap({ name: /^今天上午 10:30.*已完成/ })
    await villager.tap('评价这次服务')
    await villager.tap({ name: '5 颗星，很满意' })
    await villager.tap('讲得明白')
    await villager.tap('交评价')
    await villager.see('谢谢您的评价')
  })

  test('the advisor’s month shows it', async () => {
    await lawyer.back()
    await lawyer.tap({ name: '日志' })
    await lawyer.see('已确认')
    await lawyer.tap({ name: /^本月/ })
    await lawyer.see('富乐社区')
    await lawyer.see('预约 1 个，完成 1 个')
  })
})
