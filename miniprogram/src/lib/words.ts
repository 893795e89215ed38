import type { Schemas } from './api'

/** What the codes of the contract are called. */

type Words<K extends string> = Record<K, string>

export const channelWords: Words<Schemas['Channel']> = { visit: '到村', phone: '电话', video: '视频', home: '入户' }
export const channelHints: Words<Schemas['Channel']> = {
  visit: '到村里当面谈', phone: '律师给您打电话', video: '在手机上面对面谈', home: '律师到家里来',
}
export const statusWords: Words<Schemas['Status']> = {
  held: '待确认', booked: '已约好', arrived: '已到场', done: '已完成', missed: '缺席', cancelled: '已取消',
}
export const statusTones: Words<Schemas['Status']> = { held: 'warn', booked: '', arrived: 'ok', done: 'ok', missed: 'bad', cancelled: 'soft' }
export const kindWords: Words<Schemas['Kind']> = {
  resident: '村民', cadre: '村干部', collaborator: '法律明白人、调解员', advisor: '法律顾问', firm: '律所秘书', town: '司法所',
  district: '区司法局', city: '市司法局', auditor: '审计管理员', security: '安全管理员', system: '系统管理员',
}
export const roleWords = { legally_versed: '法律明白人', mediator: '人民调解员' } as const
export const verbWords: Words<Schemas['Verb']> = {
  book: '预约', confirm: '确认', cancel: '取消', reschedule: '改期', arrive: '见了面', complete: '完成', miss: '记为缺席',
  rate: '评价', orphan: '律师的时间有变动', restore: '律师的时间恢复了',
}
export const modeWords: Words<Schemas['Mode']> = { fixed: '定点', home: '入户', online: '网络', station: '坐诊', panel: '会诊', tour: '巡回' }
export const dutyWords: Words<Schemas['Duty']> = {
  consultation: '法律咨询', publicity: '法治宣传', dispute: '化解纠纷', governance: '村居治理', guidance: '服务指引',
}
export const logStatusWords: Words<Schemas['LogStatus']> = { unconfirmed: '待确认', confirmed: '已确认', disputed: '有异议' }
export const logStatusTones: Words<Schemas['LogStatus']> = { unconfirmed: 'warn', confirmed: 'ok', disputed: 'bad' }
export const logVerbWords: Words<Schemas['LogVerb']> = { write: '填写', correct: '更正', confirm: '确认', dispute: '提出异议' }
export const counterWords: { [K in keyof Schemas['Counters']]: { name: string; unit: string } } = {
  lecture_people: { name: '法治讲座', unit: '人次' }, consultations: { name: '法律咨询', unit: '次' },
  disputes_mediated: { name: '调解纠纷', unit: '次' }, people_trained: { name: '培训骨干', unit: '人' },
  materials: { name: '发放资料', unit: '份' }, legal_aid: { name: '法律援助', unit: '次' },
  documents: { name: '代写文书', unit: '份' }, village_rules: { name: '完善村居制度', unit: '个' },
}
export const groupWords: Words<Schemas['KeyGroup']> = {
  minor: '未成年人', military: '军人军属', disabled: '重度残疾人', elderly: '老年人', migrant: '农民工', poor: '低收入',
}
export const wayWords: Words<Schemas['Way']> = { place: '位置', code: '村里的二维码', photo: '照片', cadre: '村干部证明' }
export const tagWords: Words<Schemas['RatingTag']> = {
  clear: '讲得明白', patient: '有耐心', expert: '专业', punctual: '守时', solved: '问题解决了',
  unclear: '没听明白', impatient: '不耐烦', hurried: '太匆忙', late: '迟到', unsolved: '问题没解决',
}
export const starWords = ['', '很不满意', '不满意', '一般', '满意', '很满意']
export const sourceWords: Words<Schemas['Source']> = { app: '', paper: '纸质表格', phone: '电话回访' }
export const postWords: Words<Schemas['Role']> = { main: '主责顾问', standin: '备选顾问' }
export const outcomeWords: Words<Schemas['Outcome']> = { upheld: '属实', partly: '部分属实', not_upheld: '不属实' }
export const recordWords: Words<Schemas['RecordKind']> = {
  booked: '有人预约', moved: '预约改期', cancelled: '预约取消', completed: '预约完成', missed: '缺席', rated: '收到评价', service: '服务',
  corrected: '更正服务日志', confirmed: '服务已确认', disputed: '服务有异议', complaint: '投诉的结果', leave: '请假', leave_withdrawn: '销假',
  assigned: '任职', unassigned: '不再任职',
}
