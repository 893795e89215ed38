import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { Once } from '../../lib/once'
import { dataset, page, sure, tell } from '../../lib/page'
import { villageName } from '../../lib/places'
import { person } from '../../lib/session'
import { dayOf, parseTime, sayLeft, sayRange, sayTime } from '../../lib/times'
import { channelWords, kindWords, starWords, tagWords } from '../../lib/words'
import { happenings, hasBegun, isComing, isOwn, lawyerName, sayStatus } from '../appointments'
import type { Happening, Own, Seen } from '../appointments'

type Move = Schemas['Move']

/** One thing that is known of an appointment. */
interface Fact { name: string; words: string }

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NEAR = HOUR // before a video consult, from which on is said how it goes on
const REASON = 200 // letters that a reason may have

const NONE: Record<Move, boolean> = { reschedule: false, cancel: false, arrive: false, complete: false, miss: false, rate: false, confirm: false }

/** One appointment as whoever looks may see it, and what they can do. With `fresh` it has just been booked. */
page({
  data: {
    id: '', fresh: false, moved: false, mine: false, lawyer: false,
    when: '', status: '', tone: '', facts: [] as Fact[], next: '', orphaned: false, aside: false,
    advisorId: '', advisor: '', phone: '', who: '',
    video: false, left: '', near: false,
    can: NONE, met: '', absent: '',
    slots: [] as { start: string; channel: string; words: string }[], others: [] as { id: string; name: string }[],
    again: false, log: '', toLog: false,
    rating: null as { stars: { nth: number; lit: boolean }[]; words: string; tags: string[]; text: string } | null,
    history: [] as Happening[],
  },
  once: null as Once | null,
  seen: null as Seen | null,
  timer: 0,

  onLoad({ id = '', fresh = '' }: { id?: string; fresh?: string }) {
    this.once = new Once()
    this.setData({ id, fresh: fresh !== '' })
    void this.fill()
  },

  onShow() {
    if (this.data.state === 'ready') void this.fill()
    this.timer = setInterval(() => this.tick(), 1000)
  },

  onHide() {
    clearInterval(this.timer)
  },

  onUnload() {
    clearInterval(this.timer)
  },

  async load(): Promise<void> {
    await this.show(await api.get('/appointments/{id}', { path: { id: this.data.id } }))
  },

  async show(a: Seen) {
    const before: Seen | null = this.seen
    this.seen = a
    const place = await villageName(a.village)
    const common = { when: sayRange(a.start, a.end, now()), ...sayStatus(a), moved: this.data.moved || (before !== null && before.start !== a.start) }
    if (!isOwn(a)) {
      this.setData({ ...common, facts: [{ name: '怎么谈', words: channelWords[a.channel] }, { name: '哪个村', words: place }] })
      return
    }
    const me = person()
    const lawyer = a.advisor === me?.id
    const others = await Promise.all((a.advisors ?? []).map(async (id) => ({ id, name: await lawyerName(id) })))
    this.setData({
      ...common, lawyer, mine: !lawyer,
      advisorId: a.advisor, advisor: await lawyerName(a.advisor), facts: factsOf(a, place, lawyer),
      next: lawyer || !isComing(a) || a.orphaned ? '' : nextOf(a, place), orphaned: a.orphaned && isComing(a), aside: a.concerns_village,
      phone: lawyer && 'phone' in a ? a.phone : '', who: 'name' in a ? a.name : '',
      video: a.channel === 'video' && isComing(a) && a.status !== 'held',
      can: { ...NONE, ...Object.fromEntries(a.can.map((verb) => [verb, true])) }, ...sidesOf(a, lawyer),
      slots: (a.slots ?? []).map((s) => ({ start: s.start, channel: s.channel, words: `${sayTime(s.start, now())}，${channelWords[s.channel]}` })), others,
      again: !lawyer && !isComing(a), toLog: lawyer && hasBegun(a) && a.status !== 'cancelled' && a.status !== 'missed',
      rating: ratingOf(a), history: happenings(a),
    })
    this.tick()
    if (this.data.toLog) void this.readLog(a)
  },

  /** Whether the advisor has logged it comes after the first picture. */
  async readLog(a: Own) {
    const day = dayOf(parseTime(a.start))
    const list = await api.get('/service-logs', { query: { from: day, to: day, limit: 100 } }).catch(() => null)
    const log = list?.items.find((l) => 'appointment' in l && l.appointment === a.id)
    if (log) this.setData({ log: log.id })
  },

  /** What is left until a video consult. */
  tick() {
    const a: Seen | null = this.seen
    if (!a || !this.data.video) return
    const left = sayLeft(a.start, now())
    if (left !== this.data.left) this.setData({ left, near: parseTime(a.start).getTime() - now().getTime() < NEAR })
  },

  async cancel() {
    const body: Schemas['CancelRequest'] = {}
    if (this.data.lawyer) {
      const reason = await ask('为什么取消', '例如：临时开庭。约的人看得到')
      if (reason === null) return
      if (!reason) return tell('请写明原因，约的人要知道为什么。')
      body.reason = reason
    } else if (!(await sure('取消以后，这个时间会让给别人。', '取消预约'))) {
      return
    }
    await this.move({ cancel: body }, (to) => api.post('/appointments/{id}/cancel', { ...to, body }))
  },

  async arrive() {
    if (!(await sure(`${this.data.met}？记下以后不能再取消或改期。`, '记下'))) return
    await this.move('arrive', (to) => api.post('/appointments/{id}/arrive', to))
  },

  async complete() {
    if (!(await sure('记为完成，约的人就可以评价了。', '记为完成'))) return
    await this.move('complete', (to) => api.post('/appointments/{id}/complete', to))
  },

  async miss() {
    const reason = await ask(this.data.absent, '可以写一句情况，也可以不写')
    if (reason === null) return
    const body: Schemas['MissRequest'] = { by: this.data.lawyer ? 'resident' : 'advisor', ...(reason ? { reason } : {}) }
    await this.move({ miss: body }, (to) => api.post('/appointments/{id}/miss', { ...to, body }))
  },

  /** Does something once, and shows what it made of the appointment. */
  async move(what: unknown, send: (to: { path: { id: string }; key: string }) => Promise<Seen>) {
    const fault = await this.act(async () => {
      const after = await send({ path: { id: this.data.id }, key: this.once!.keyOf(what) })
      this.once!.done()
      this.setData({ fresh: false, moved: false })
      await this.show(after)
    })
    if (fault?.reason === 'wrong_status' || fault?.reason === 'changed_meanwhile') await this.fill() // somebody else was first
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },

  /** Books anew with the same lawyer, perhaps at a time that is held out. */
  book(event: WechatMiniprogram.TouchEvent) {
    const { start = '', channel = this.seen!.channel } = dataset<{ start?: string; channel?: string }>(event)
    void wx.navigateTo({ url: `/pages/book/book?advisor=${this.data.advisorId}&village=${this.seen!.village}&channel=${channel}&start=${encodeURIComponent(start)}` })
  },

  call() {
    wx.makePhoneCall({ phoneNumber: this.data.phone, fail: () => undefined }) // not wanting to call is no fault
  },
})

/** Asks for a reason; null: it is not to be done. */
async function ask(title: string, placeholderText: string): Promise<string | null> {
  const { confirm, content } = await wx.showModal({ title, editable: true, placeholderText, confirmText: '确定', cancelText: '不了' })
  return confirm ? (content ?? '').trim().slice(0, REASON) : null
}

function factsOf(a: Own, place: string, lawyer: boolean): Fact[] {
  const facts: Fact[] = [...whyNot(a), { name: '怎么谈', words: (lawyer ? howForLawyer : how)[a.channel] }, { name: '哪个村', words: place }]
  if (!('topic' in a)) return [...facts, { name: '什么事', words: '您的手机号还没有核实，只有约的人和律师看得到' }]
  const written: Fact[] = [
    { name: '上门的地址', words: a.channel === 'home' ? a.address : '' }, { name: '什么事', words: a.topic }, { name: '详细情况', words: a.details }, { name: '对方', words: a.other_party },
    { name: '替谁约的', words: a.for_other && !lawyer ? `${a.name}，${a.phone}` : '' },
  ]
  return [...facts, ...written.filter((f) => f.words)]
}

/** Why it was cancelled, when it was not by oneself. */
function whyNot(a: Own): Fact[] {
  const last = a.events[a.events.length - 1]
  if (a.status !== 'cancelled' || last?.verb !== 'cancel' || last.by === person()?.kind) return []
  const who = last.by ? kindWords[last.by] : '到时间没有确认，自动'
  return [{ name: '为什么取消', words: `${who}取消的${last.reason ? `：${last.reason}` : ''}` }]
}

const how: Record<Schemas['Channel'], string> = { visit: '到村里当面谈', phone: '电话，律师打给您', video: '视频，在手机上面对面谈', home: '入户，律师到家里来' }
const howForLawyer: Record<Schemas['Channel'], string> = { ...how, phone: '电话，请您打给对方', home: '入户，请您上门' }

/** What happens next, for whoever booked. */
function nextOf(a: Own, place: string): string {
  if (a.status === 'held') return '近三个月有几次约好没有来，所以这次要等司法所确认。确认了会在「消息」里告诉您；到开始时还没有确认，就自动取消。'
  if (a.status === 'arrived') return '正在进行。谈完以后，可以在这里评价。'
  const then = {
    visit: `请按时到${place}，有关的材料带上。`, phone: '到时律师打电话给您，请留意接听。',
    video: '', home: '到时律师到家里来，请家里留人。',
  }[a.channel]
  if (hasBegun(a)) return then
  const left = parseTime(a.start).getTime() - now().getTime()
  const reminders = left > DAY ? '前一天和前一小时，「消息」里会提醒您。' : left > HOUR ? '前一小时，「消息」里会提醒您。' : ''
  return `${then}${reminders}开始以前都可以改期或取消。`
}

/** What the two sides call their meeting, and its failing. */
function sidesOf(a: Own, lawyer: boolean): { met: string; absent: string } {
  const far = a.channel === 'phone' || a.channel === 'video'
  if (lawyer) return { met: far ? '已经联系上' : '已经见到人', absent: far ? '联系不上对方' : '对方没有来' }
  return { met: far ? '已经和律师说上话' : '已经见到律师', absent: far ? '律师没有联系我' : '律师没有来' }
}

function ratingOf({ rating }: Own) {
  if (!rating) return null
  return {
    stars: [1, 2, 3, 4, 5].map((nth) => ({ nth, lit: nth <= rating.stars })), words: `${rating.stars} 颗星，${starWords[rating.stars]}`,
    tags: rating.tags.map((t) => tagWords[t]), text: rating.text ?? '',
  }
}
