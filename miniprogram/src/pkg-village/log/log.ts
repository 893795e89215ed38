import type { Fault, Schemas } from '../../lib/api'
import { api, faultOf } from '../../lib/api'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import type { SeenLog } from '../../lib/logs'
import { spanOf } from '../../lib/logs'
import { Once } from '../../lib/once'
import { page, sure } from '../../lib/page'
import { advisorName, villageName } from '../../lib/places'
import { logStatusTones, logStatusWords, modeWords } from '../../lib/words'

const SAID: Record<Schemas['LogStatus'], string> = {
  unconfirmed: '还没有人确认。', confirmed: '村里已经确认，谢谢。', disputed: '已经提出异议，司法所会核实。',
}

/** A service, to say whether it took place: time, place, way and who alone. */
page({
  data: {
    id: '', version: 1, day: '', time: '', where: '', how: '', who: '', status: '', tone: '', said: '', credited: false,
    mayConfirm: false, mayDispute: false, disputing: false, reason: '', wrong: '', changed: false,
  },
  once: null as Once | null,

  onLoad({ id = '' }: { id?: string }) {
    this.once = new Once()
    this.setData({ id })
    void this.fill()
  },

  async load(): Promise<void> {
    const [log, draft] = await Promise.all([api.get('/service-logs/{id}', { path: { id: this.data.id } }), readDraft<{ reason: string }>(this.draftName())])
    await this.show(log)
    if (draft && this.data.mayDispute) this.setData({ reason: draft.reason, disputing: true })
  },

  async show(log: SeenLog) {
    const [who, where] = await Promise.all([advisorName(log.advisor), log.village ? villageName(log.village) : '乡镇服务站'])
    this.setData({
      version: log.version, who: `${who}律师`, where, ...spanOf(log), how: modeWords[log.mode],
      status: logStatusWords[log.status], tone: logStatusTones[log.status], said: SAID[log.status], credited: 'with' in log,
      mayConfirm: log.can.includes('confirm'), mayDispute: log.can.includes('dispute'),
    })
  },

  draftName() {
    return `dispute:${this.data.id}`
  },

  async confirm() {
    await this.judge((body) => api.post('/service-logs/{id}/confirm', { path: { id: this.data.id }, body, key: this.once!.keyOf(body) }))
  },

  beginDispute() {
    this.setData({ disputing: true })
  },

  async endDispute() {
    this.setData({ disputing: false, reason: '', wrong: '' })
    await dropDraft(this.draftName())
  },

  writeReason(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    this.setData({ reason: event.detail.value, wrong: '' })
    void keepDraft(this.draftName(), { reason: event.detail.value })
  },

  async dispute() {
    const reason = this.data.reason.trim()
    this.setData({ wrong: reason ? '' : '请写一句哪里不对' })
    if (!reason || !(await sure('律师和司法所会看到，由司法所核实，您自己不能收回。', '提出异议'))) return
    await this.judge((body) => {
      const all = { ...body, reason }
      return api.post('/service-logs/{id}/dispute', { path: { id: this.data.id }, body: all, key: this.once!.keyOf(all) })
    })
  },

  /** Says it of the version that was seen; of one that has changed meanwhile nothing is said. */
  async judge(send: (body: { version: number }) => Promise<SeenLog>) {
    await this.act(async () => {
      try {
        await this.show(await send({ version: this.data.version }))
        this.once!.done()
        await dropDraft(this.draftName())
        this.setData({ disputing: false, reason: '', changed: false })
      } catch (err) {
        if (!(await this.mend(faultOf(err)))) throw err
      }
    })
  },

  async mend(fault: Fault): Promise<boolean> {
    if (fault.reason !== 'log_changed' && fault.reason !== 'log_status') return false
    await this.fill()
    this.setData({ changed: true })
    void wx.pageScrollTo({ scrollTop: 0 })
    return true
  },
})
