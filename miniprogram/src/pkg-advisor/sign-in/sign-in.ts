import type { Schemas } from '../../lib/api'
import { now } from '../../lib/clock'
import { hasNetwork } from '../../lib/network'
import { discard, outboxChanged, sendWaiting, signIn, waiting } from '../../lib/outbox'
import { dataset, page, sure, tell } from '../../lib/page'
import type { State } from '../../lib/page'
import { choosePhotos } from '../../lib/photos'
import { scanned } from '../../lib/scan'
import { villageName } from '../../lib/places'
import { goHome } from '../../lib/tabs'
import { addDays, dayOf, mondayOf, sayTime } from '../../lib/times'
import { wayWords } from '../../lib/words'
import { bookings, served } from '../diary'
import type { Place } from '../diary'

interface Spot { code: string; name: string; hint: string }
interface Row { key: string; words: string; problem: string }

/** What became of the sign-in that was just made. */
interface Made { title: string; lines: string[]; tone: 'ok' | 'warn' }

const CODE = /^vc1\.(\d{12}|\d{9})\./ // what the code on a village's wall says first

page({
  data: {
    spots: [] as Spot[], spot: '', name: '', hint: '', choosing: true, wrong: '',
    made: null as Made | null, waiting: [] as Row[], sending: false,
    lost: '' as '' | 'denied' | 'failed', witness: false,
  },
  unlistenOutbox: null as (() => void) | null,

  onLoad() {
    this.unlistenOutbox = outboxChanged.listen(() => this.sayWaiting())
    this.sayWaiting()
    void this.fill()
  },

  onUnload() {
    this.unlistenOutbox?.()
  },

  async load(): Promise<State> {
    const [places, booked] = await Promise.all([served(), bookedToday()])
    const spots = spotsOf(places, booked)
    this.setData({ spots })
    if (!this.data.spot && spots[0]?.hint) this.choose(spots[0].code)
    return spots.length ? 'ready' : 'empty'
  },

  take(event: WechatMiniprogram.TouchEvent) {
    this.choose(dataset<{ code: string }>(event).code)
  },

  choose(code: string) {
    const { name, hint } = this.data.spots.find((s) => s.code === code)!
    this.setData({ spot: code, name, hint, choosing: false, wrong: '' })
  },

  showAll() {
    this.setData({ choosing: true })
  },

  /** Whether it is known where one is; if not, it is asked. */
  chosen(): boolean {
    const wrong = this.data.spot ? '' : '请先点一下您到了哪里'
    this.setData({ wrong })
    if (wrong) void wx.pageScrollTo({ scrollTop: 0 })
    return !wrong
  },

  async byPlace() {
    if (!this.chosen()) return
    await this.act(async () => {
      this.setData({ lost: '' })
      const at = await wx.getLocation({ type: 'gcj02', isHighAccuracy: true, highAccuracyExpireTime: 5000 }).catch((err: { errMsg?: string }) => {
        this.setData({ lost: /auth|privacy/.test(err.errMsg ?? '') ? 'denied' : 'failed' })
      })
      if (at) await this.sign({ way: 'place', lat: at.latitude, lon: at.longitude, accuracy: Math.min(Math.round(at.accuracy), 100_000) })
    })
  },

  async byCode() {
    await this.act(async () => {
      const result = await scanned()
      if (result) await this.signByCode(result)
    })
  },

  async signByCode(result: string) {
    const code = CODE.exec(result)?.[1]
    if (!code) return tell('这不是村里的签到码。签到码贴在村委会，也可以请村干部在手机上打开。')
    if (!this.data.spots.some((s) => s.code === code)) this.setData({ spots: [{ code, name: await villageName(code), hint: '' }, ...this.data.spots] })
    this.choose(code)
    await this.sign({ way: 'code', code: result })
  },

  /** The letters under the code on the wall, where it cannot be scanned. */
  async byTyping() {
    const { confirm, content } = await wx.showModal({ title: '村里的签到码', editable: true, placeholderText: 'vc1.…', confirmText: '签到', cancelText: '不了' })
    const typed = (content ?? '').replace(/\s/g, '')
    if (confirm && typed) await this.act(() => this.signByCode(typed))
  },

  async byPhoto() {
    if (!this.chosen()) return
    await this.act(async () => {
      const [photo] = await choosePhotos(1, ['camera'])
      if (photo) await this.sign({ way: 'photo' }, photo)
    })
  },

  toggleWitness() {
    this.setData({ witness: !this.data.witness })
  },

  /** Keeps the sign-in and tries to send it, then says what became of it. */
  async sign(how: Omit<Schemas['SignInRequest'], 'village' | 'at'>, photo?: string) {
    const { spot, name } = this.data
    const known = new Set(waiting().map((w) => w.key))
    const at = now().toISOString()
    const arrived = await signIn({ village: spot, at, ...how }, name, photo)
    const kept = waiting().find((w) => !known.has(w.key))
    if (kept?.problem) {
      tell(kept.problem, '没有签上')
      discard(kept.key)
      return
    }
    const when = `${sayTime(arrived?.claimed ?? at, now())}，${name}`
    this.setData({
      made: arrived
        ? { title: '已签到', lines: [when, ...sayDistance(arrived)], tone: arrived.inside === false ? 'warn' : 'ok' }
        : { title: `${hasNetwork() ? '现在发不出去' : '没有网络'}，已记在手机上`, lines: [when, '能发时自动发出，时间按现在算。不用再签一次。'], tone: 'warn' },
    })
    void wx.pageScrollTo({ scrollTop: 0 })
  },

  again() {
    this.setData({ made: null })
  },

  leave() {
    wx.navigateBack({ fail: goHome })
  },

  openSetting() {
    wx.openSetting({ success: () => this.setData({ lost: '' }) })
  },

  sayWaiting() {
    this.setData({
      waiting: waiting().map((w) => ({ key: w.key, words: `${sayTime(w.body.at, now())}，${w.village}，${wayWords[w.body.way]}`, problem: w.problem ?? '' })),
    })
  },

  async sendNow() {
    if (this.data.sending) return
    this.setData({ sending: true })
    await sendWaiting()
    this.setData({ sending: false })
    if (waiting().some((w) => !w.problem)) tell('还是没有网络。不用再签，有网时会自动发出。')
    else if (!waiting().length && this.data.made?.tone === 'warn') this.setData({ made: null })
  },

  async discard(event: WechatMiniprogram.TouchEvent) {
    const { key, words } = dataset<{ key: string; words: string }>(event)
    if (await sure(`去掉这次签到吗？${words}。去掉后就没有了。`, '去掉')) discard(key)
  },
})

/** The villages of today's bookings; without network none are known. */
async function bookedToday(): Promise<string[]> {
  const today = dayOf(now())
  const found = await bookings(today, today).catch(() => [])
  return found.filter((b) => b.channel === 'visit' || b.channel === 'home').map((b) => b.village)
}

/** Where one may be, the likeliest first; at the end the stations of the towns. */
function spotsOf(places: Place[], booked: string[]): Spot[] {
  const today = dayOf(now())
  const expected = (p: Place): boolean => p.weekdays.some((n) => addDays(mondayOf(today), n - 1) === today)
  const villages = places.map((p) => ({ code: p.code, name: p.name, hint: booked.includes(p.code) ? '今天有预约' : expected(p) ? '今天有班次' : '' }))
  const towns = new Map(places.map((p) => [p.code.slice(0, 9), p.town]))
  return [
    ...['今天有预约', '今天有班次', ''].flatMap((hint) => villages.filter((v) => v.hint === hint)),
    ...[...towns].map(([code, town]) => ({ code, name: `${town}公共法律服务站`, hint: '' })),
  ]
}

function sayDistance({ inside, distance }: Schemas['SignIn']): string[] {
  if (inside === null || distance === null) return []
  const far = distance < 1000 ? `${distance} 米` : `${(distance / 1000).toFixed(1)} 公里`
  return inside ? [`在村里，离村里的点 ${far}`] : [`定位离村里 ${far}，已照实记下。如果您就在村里，可以再扫码或拍照签一次。`]
}
