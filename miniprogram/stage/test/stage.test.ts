// The stage itself, on a tiny program that uses every part of it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPhone, type Phone, type PhoneOptions } from '../../e2e/lib/phone'
import { serve } from './serve'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'stage-'))
let server: Awaited<ReturnType<typeof serve>>

before(async () => {
  const { status, stderr } = build(join(here, 'app'), join(folder, 'out'))
  assert.equal(status, 0, stderr)
  server = await serve(join(folder, 'out'))
})

after(() => {
  rmSync(folder, { recursive: true })
  server.stop()
})

function build(source: string, target: string) {
  const command = ['--import', 'tsx', join(here, '../build.ts'), source, target]
  return spawnSync(process.execPath, command, { encoding: 'utf8', cwd: join(here, '../..') })
}

/** open hands over a phone that is put away when the test ends. */
async function open(t: TestContext, path = '', options: PhoneOptions = {}) {
  const phone = await openPhone(server, 'demo-resident-1', { path, ...options })
  t.after(() => phone.close())
  return phone
}

const log = (phone: Phone) =>
  phone.page.evaluate(() => (window as unknown as { getApp(): { log: string[] } }).getApp().log.splice(0))

const style = (phone: Phone, selector: string, property: string) =>
  phone.page.evaluate(
    ([selector, property]) => getComputedStyle(document.querySelector(selector) as Element).getPropertyValue(property),
    [selector, property] as const,
  )

describe('the build refuses', () => {
  const faults: [string, string, string, RegExp][] = [
    ['an unclosed tag', 'pages/list/list.wxml', '<view>\n<view>', /pages\/list\/list\.wxml:\d: /],
    ['an unknown element', 'pages/list/list.wxml', '<view>\n<widget></widget></view>', /pages\/list\/list\.wxml:2: <widget>/],
    ['a missing component', 'pages/list/list.json', '{"usingComponents":{"x":"./x"}}', /list\.json: the component "\.\/x"/],
    ['a missing import', 'pages/list/list.wxss', '@import "./x.wxss";', /list\.wxss: the import "\.\/x\.wxss"/],
  ]
  for (const [what, file, content, expected] of faults) {
    test(what, () => {
      const copy = mkdtempSync(join(folder, 'broken-'))
      cpSync(join(here, 'app'), copy, { recursive: true })
      writeFileSync(join(copy, file), content)
      const { status, stderr } = build(copy, join(folder, 'broken-out'))
      assert.equal(status, 1)
      assert.match(stderr, expected)
    })
  }
})

describe('templates, styles and components', () => {
  test('data, lists, scripts, slots, behaviors and events', async (t) => {
    const phone = await open(t)
    await phone.see('0甲')
    await phone.see('多个数')
    await phone.see('脚注')
    await phone.tap({ name: '加一：卡片' })
    await phone.tap('卡片 1')
    await phone.see('点过2次')
  })

  test('relations between components', async (t) => {
    const phone = await open(t)
    await phone.tap('东')
    await phone.see('东√')
    await phone.tap('西')
    await phone.see('西√')
    await phone.gone('东√')
  })

  test('styles stay where they belong, and 750rpx are the width', async (t) => {
    const phone = await open(t)
    assert.equal(await style(phone, '#shared', 'color'), 'rgb(1, 2, 3)')
    assert.notEqual(await style(phone, 'card wx-view', 'color'), 'rgb(1, 2, 3)')
    assert.equal(await style(phone, '#shared', 'width'), '187.5px')
    assert.equal(await style(phone, 'card', 'margin-top'), '10px')
    assert.equal(await style(phone, 'wx-page', 'background-color'), 'rgb(250, 250, 250)')
    const image = phone.page.getByAltText('圆点')
    await image.waitFor()
    assert.equal(await style(phone, 'wx-image', 'height'), '25px')
  })

  test('what can be tapped is marked, and screen readers are told', async (t) => {
    const phone = await open(t)
    assert.equal(await phone.page.locator('card [role=button][data-tap]').count(), 1)
    assert.equal(await phone.page.locator('wx-button[data-tap]').count(), 1)
    assert.equal(await phone.page.locator('#shared[data-tap]').count(), 0)
  })

  test('swiper, rich text and pictures at full size', async (t) => {
    const phone = await open(t, 'pkg/more/more')
    await phone.see('停在0')
    await phone.tap('翻页')
    await phone.see('停在1')
    await phone.page.locator('wx-swiper').evaluate((box) => box.scrollTo(0, 0))
    await phone.see('停在0')
    await phone.see('富文')
    await phone.see('节点')
    assert.equal(await phone.page.locator('wx-rich-text script').count(), 0)
    await phone.tap('看图')
    assert.equal(await phone.page.locator('.mp-preview img').count(), 2)
    await phone.page.locator('.mp-preview').tap()
    assert.equal(await phone.page.locator('.mp-preview').count(), 0)
  })

  test('the bar follows light and dark', async (t) => {
    const phone = await open(t)
    assert.equal(await style(phone, '.mp-nav', 'background-color'), 'rgb(240, 240, 240)')
    await phone.page.emulateMedia({ colorScheme: 'dark' })
    const dark = () => getComputedStyle(document.querySelector('.mp-nav') as Element).backgroundColor === 'rgb(16, 16, 16)'
    await phone.page.waitForFunction(dark)
  })
})

describe('moving between pages', () => {
  test('forth and back, with words for each other', async (t) => {
    const phone = await open(t)
    await phone.tap('打开详情')
    await phone.arrives('pages/detail/detail')
    await phone.see('编号1 村 你好')
    await phone.tap('说一声就回')
    await phone.arrives('pages/home/home')
    await phone.see('说过了')
    assert.deepEqual(await log(phone), [
      'launch 1001',
      'home load',
      'card show',
      'home show',
      'home hide',
      'detail load',
      'detail unload',
      'card show',
      'home show',
    ])
  })

  test('tabs stay alive, and the bar below is their own', async (t) => {
    const phone = await open(t)
    await phone.see('去首页·')
    await phone.see('去列表(2)')
    await phone.tap('卡片 0')
    await phone.tap(/去列表/)
    await phone.arrives('pages/list/list')
    await phone.see('去列表·')
    await phone.tap('去首页')
    await phone.arrives('pages/home/home')
    await phone.see('卡片 1')
  })

  test('a link leads into the middle, and home from there', async (t) => {
    const phone = await open(t, 'pages/detail/detail?id=7&scene=a%3D1')
    await phone.see('编号7')
    assert.equal((await log(phone))[0], 'launch 1047')
    await phone.tap({ name: '回到首页' })
    await phone.arrives('pages/home/home')
  })

  test('a reload comes back to the page', async (t) => {
    const phone = await open(t)
    await phone.tap('打开详情')
    await phone.see('编号1')
    await phone.page.reload()
    await phone.see('编号1 村')
  })

  test('the page on top learns when the whole program is left', async (t) => {
    const phone = await open(t)
    await phone.see('卡片 0')
    await log(phone)
    for (const state of ['hidden', 'visible']) {
      await phone.page.evaluate((state) => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, state)
    }
    assert.deepEqual(await log(phone), ['home hide', 'card show', 'home show'])
  })

  test('wrong ways are refused in the words of WeChat', async (t) => {
    const phone = await open(t)
    await phone.tap('分包里的页')
    await phone.arrives('pkg/more/more')
    await phone.tap('走错路')
    await phone.see('navigateTo:fail can not navigateTo a tabbar page')
    await phone.see('navigateTo:fail page "pages/none/none" is not found')
    await phone.see('redirectTo:fail can not redirectTo a tabbar page')
    await phone.see('switchTab:fail can not switch to no-tabBar page')
  })

  test('a page may ask before it is left', async (t) => {
    const phone = await open(t)
    await phone.tap('打开详情')
    await phone.tap('先问')
    await phone.back()
    await phone.tap('取消')
    assert.equal(await phone.at(), 'pages/detail/detail')
    await phone.back()
    await phone.see('还没有保存')
    await phone.tap('确定')
    await phone.arrives('pages/home/home')
  })
})

describe('what goes wrong is not overlooked', () => {
  for (const [button, fault] of [
    ['没有的功能', /chooseInvoice is not a function/],
    ['没人管的错', /没有人管/],
  ] as const) {
    test(button, async () => {
      const phone = await openPhone(server, 'demo-resident-1', { path: 'pkg/more/more' })
      await phone.tap(button)
      await assert.rejects(phone.close(), fault)
    })
  }
})

describe('forms', () => {
  test('every kind of field', async (t) => {
    const phone = await open(t, 'pages/form/form')
    await phone.type('姓名', '王小二麻子')
    await phone.see('您好王小二麻')
    const note = phone.page.locator('textarea')
    const before = (await note.boundingBox())?.height ?? 0
    await phone.type('事由', '一\n二\n三\n四'.repeat(50))
    assert.ok(((await note.boundingBox())?.height ?? 0) > before * 3)
    await phone.type('事由', '一')
    await phone.tap({ name: '着急' })
    await phone.tap('土地')
    await phone.tap('工资')
    await phone.tap('家人')
    await choose(phone, '选方式', '视频')
    await choose(phone, '选人', '李四')
    await choose(phone, '选地点', '西', '四')
    await choose(phone, /日期/, '1月', '31日', '2月')
    await phone.see('日期 2026-02-28')
    await choose(phone, '选时间', '14时', '5分')
    await phone.tap('提交')
    await phone.see(
      JSON.stringify({
        name: '王小二麻',
        note: '一',
        urgent: true,
        topics: ['land', 'wage'],
        whom: 'kin',
        channel: '1',
        person: '1',
        place: [1, 1],
        date: '2026-02-28',
        time: '14:05',
      }),
    )
    assert.equal(await phone.page.locator('wx-button').first().getAttribute('aria-busy'), 'true')
    assert.equal(await phone.page.locator('wx-button').first().getAttribute('aria-disabled'), 'false')
  })

  test('a date keeps within its bounds', async (t) => {
    const phone = await open(t, 'pages/form/form')
    await phone.tap(/日期/)
    assert.equal(await phone.page.getByRole('option', { name: '2025年' }).count(), 0)
    await phone.tap({ name: '1月' })
    assert.equal(await phone.page.getByRole('option', { name: '14日' }).count(), 0)
  })
})

async function choose(phone: Phone, picker: string | RegExp, ...options: string[]) {
  await phone.tap(picker)
  for (const name of options) await phone.tap({ name })
  await phone.tap('确定')
}

describe('what a page calls', () => {
  const at = (t: TestContext, options?: PhoneOptions) => open(t, 'pages/phone/phone', options)

  test('requests answer with their headers, give up in time and can be taken back', async (t) => {
    const phone = await at(t)
    await phone.tap('请求')
    await phone.see('{"data":{"method":"POST","body":{"word":"村"}},"statusCode":200,"date":"Tue, 03 Mar 2026 01:00:00 GMT"}')
    await phone.tap('慢请求')
    await phone.see('request:fail timeout')
    await phone.tap('取消请求')
    await phone.see('request:fail abort')
    const requests = await phone.page.evaluate(() => (window as unknown as { stage: { requests: object[] } }).stage.requests)
    assert.deepEqual(requests, [{ url: `${server.base}/api/echo`, status: 200, bytes: 39 }])
  })

  test('a photo is kept through a reload and sent', async (t) => {
    const phone = await at(t)
    const chooser = phone.page.waitForEvent('filechooser')
    await phone.tap('拍照')
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==', 'base64')
    await (await chooser).setFiles({ name: 'a.png', mimeType: 'image/png', buffer: png })
    await phone.page.getByAltText('照片').waitFor()
    await phone.page.reload()
    await phone.page.getByAltText('照片').waitFor()
    await phone.tap('上传')
    await phone.see(/"file":"store_\d+_\d+\.png","kind":true/)
  })

  test('each person has a phone of their own', async (t) => {
    const phone = await at(t)
    await phone.tap('存机密')
    await phone.see('["机密","",["secret"]]')
    await phone.page.goto(phone.page.url().replace('demo-resident-1', 'demo-resident-2'))
    const keys = await phone.page.evaluate(
      () => (window as unknown as { wx: { getStorageInfoSync(): { keys: string[] } } }).wx.getStorageInfoSync().keys,
    )
    assert.deepEqual(keys, [])
  })

  test('a place, or a refusal', async (t) => {
    const phone = await at(t, { location: { latitude: 40.3, longitude: 116.6 } })
    await phone.tap('定位')
    await phone.see('纬度40.3')
    await phone.denies('getLocation')
    await phone.tap('定位')
    await phone.see('getLocation:fail auth deny')
  })

  test('a code, scanned or typed', async (t) => {
    const phone = await at(t)
    await phone.scans('来自测试')
    await phone.tap('扫码')
    await phone.see('来自测试')
    await phone.page.reload()
    await phone.tap('扫码')
    await phone.type(/请输入码里的内容/, '手写的码')
    await phone.tap('确定')
    await phone.see('手写的码')
  })

  test('a call', async (t) => {
    const phone = await at(t)
    await phone.tap('打电话')
    await phone.tap('呼叫 12348')
    await phone.see('打过了')
    assert.deepEqual(await phone.calls(), ['12348'])
  })

  test('a subscription, straight from a tap alone', async (t) => {
    const phone = await at(t)
    await phone.tap('订阅')
    await phone.see('"told":"accept"')
    await phone.tap('晚订阅')
    await phone.see('requestSubscribeMessage:fail can only be invoked by user TAP gesture.')
  })

  test('dialogs', async (t) => {
    const phone = await at(t)
    await phone.tap('问一句')
    await phone.see('写一句')
    await phone.page.getByRole('dialog').getByRole('textbox').fill('新的')
    await phone.tap('确定')
    await phone.tap('第二')
    await phone.see('都好了')
    await phone.see('[true,"新的",1]')
    await phone.gone('都好了')
  })

  test('measures count from the top of the screen', async (t) => {
    const phone = await at(t)
    await phone.tap('量一量')
    await phone.see('{"top":44,"width":375}')
  })

  test('a phone that was never connected', async (t) => {
    const phone = await at(t, { offline: true })
    await phone.tap('慢请求')
    await phone.see('request:fail Failed to fetch')
    await phone.offline(false)
    await phone.tap('请求')
    await phone.see('"statusCode":200')
  })

  test('the connection', async (t) => {
    const phone = await at(t)
    await phone.tap('看网络')
    await phone.offline(true)
    await phone.see('断开了')
    await phone.offline(false)
    await phone.see('连上了')
  })
})

describe('scrolling', () => {
  test('pulling down, coming to the end, being told where', async (t) => {
    const phone = await open(t, 'pages/long/long')
    await phone.see('刷新0')
    await phone.pull()
    await phone.see('刷新1')
    await phone.tap('往下')
    await phone.see('位置300')
    assert.equal(await phone.page.getByText('看见了20').count(), 0)
    await phone.page.locator('.mp-scroll').evaluate((box) => box.scrollTo(0, 99_999))
    await phone.see('行数40')
    await phone.see('看见了20')
    assert.equal(await style(phone, 'wx-page', 'color'), 'rgb(9, 9, 9)')
  })

  test('a box within the page', async (t) => {
    const phone = await open(t, 'pages/long/long')
    await phone.tap('看第九格')
    await phone.see('到底1')
  })
})

describe('the desk', () => {
  test('has two phones in two hands', async (t) => {
    const phone = await open(t)
    const desk = phone.page
    await desk.setViewportSize({ width: 1280, height: 860 })
    await desk.goto(`${server.base}/app/`)
    assert.deepEqual(await desk.locator('select').first().locator('option').allTextContents(), ['村民 王某', '律师 李某'])
    for (const frame of [0, 1]) await desk.frameLocator('iframe').nth(frame).getByText('卡片 0').waitFor()
    await desk.frameLocator('iframe').first().getByText('打开详情').click()
    await desk.frameLocator('iframe').first().getByText('编号1').waitFor()
    await desk.getByLabel('谁在用这部手机').first().selectOption('demo-advisor-1')
    await desk.frameLocator('iframe').first().getByText('卡片 0').waitFor()
    assert.match((await desk.locator('iframe').first().getAttribute('src')) ?? '', /as=demo-advisor-1/)
  })

  test('on a small screen, the screen is the phone', async (t) => {
    const phone = await open(t)
    await phone.page.goto(`${server.base}/app/#/pages/detail/detail?id=3`)
    await phone.see('编号3')
  })
})
