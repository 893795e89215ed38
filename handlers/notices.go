package handlers

import (
	"fmt"

	"github.com/gin-gonic/gin"

	"villagecounsel/services/domain"
)

type notice struct {
	ID          string            `json:"id"`
	Kind        domain.NoticeKind `json:"kind"`
	Title       string            `json:"title"`
	Text        string            `json:"text"`
	At          string            `json:"at"`
	Read        bool              `json:"read"`
	Appointment *string           `json:"appointment"`
	Log         *string           `json:"log"`
	Complaint   *string           `json:"complaint"`
	Advisor     *string           `json:"advisor"`
	Village     *string           `json:"village"`
	Channel     *string           `json:"channel"`
	Start       *string           `json:"start"`
	End         *string           `json:"end"`
}

// noticeTexts says each kind of notice. The text is followed by when, how and
// where; it never says what a matter is about.
var noticeTexts = map[domain.NoticeKind][2]string{
	domain.NoticeBooked:     {"预约成功", "已约好"},
	domain.NoticeHeld:       {"预约待确认", "需要司法所确认后才生效"},
	domain.NoticeDayBefore:  {"明天有预约", "请记得按时参加"},
	domain.NoticeHourBefore: {"一小时后有预约", "请做好准备"},
	domain.NoticeChanged:    {"预约有变动", "现在的安排是"},
	domain.NoticeOrphaned:   {"预约时间需要调整", "律师的排班有变动，请改期或取消"},
	domain.NoticeCancelled:  {"预约已取消", "原定的安排已取消"},
	domain.NoticeMissed:     {"预约未能进行", "有一方没有到"},
	domain.NoticeRate:       {"请您评价", "这次服务已完成，请说说您的感受"},
	domain.NoticeAnswered:   {"有了答复", "您的问题有了答复"},
	domain.NoticeFreed:      {"有空出来的时间", "您候补的律师空出了时间，先约先得"},
	domain.NoticeTurn:       {"请您顶班", "主责律师请假，请安排时间代为服务"},
	domain.NoticeCalendar:   {"缺少节假日表", "请导入这一年的节假日安排"},
	domain.NoticeLogged:     {"请确认服务", "律师记了一次服务，请确认是否进行过"},
	domain.NoticeDisputed:   {"服务有异议", "有人对这次服务提出了异议"},
	domain.NoticeCredited:   {"记您共同服务", "有一次服务写着您共同参加，如果没有参加，请提出异议"},
	domain.NoticeSettled:    {"服务有了结果", "司法所已经核定或更正这次服务"},
	domain.NoticeComplaint:  {"有投诉待答复", "请在期限内答复这件投诉"},
	domain.NoticeDeadline:   {"投诉快要到期", "这件投诉还没有答复，期限快到了"},
	domain.NoticeResolved:   {"投诉有了答复", "您的投诉有了答复"},
}

var channelTexts = map[domain.Channel]string{
	domain.Visit: "到村", domain.Home: "入户", domain.Video: "视频", domain.Phone: "电话",
}

func (s *Server) noticeOf(n domain.Notice) notice {
	words := noticeTexts[n.Kind]
	out := notice{ID: n.ID, Kind: n.Kind, Title: words[0], Text: words[1], At: when(n.At), Read: n.Read,
		Appointment: orNull(n.Appointment), Log: orNull(n.Log), Complaint: orNull(n.Complaint), Advisor: orNull(n.Advisor), Village: orNull(n.Village), Channel: orNull(string(n.Channel))}
	if !n.Start.IsZero() {
		start, end := when(n.Start), when(n.End)
		out.Start, out.End = &start, &end
		out.Text += "：" + spoken(n)
	}
	if place, ok := s.Places.Lookup(n.Village); ok {
		out.Text += "，" + place.Name
	}
	if n.Note != "" {
		out.Text += "：" + n.Note
	}
	out.Text += "。"
	return out
}

var weekdays = [...]string{"", "一", "二", "三", "四", "五", "六", "日"}

// spoken says a time as people do: "11月25日（周三）上午9:30，视频".
func spoken(n domain.Notice) string {
	t, day := n.Start.In(domain.China), domain.DayOf(n.Start)
	part, hour := "上午", t.Hour()
	switch {
	case hour < 6:
		part = "凌晨"
	case hour == 12:
		part = "中午"
	case hour > 12 && hour < 18:
		part, hour = "下午", hour-12
	case hour >= 18:
		part, hour = "晚上", hour-12
	}
	text := fmt.Sprintf("%d月%d日（周%s）%s%d:%02d", t.Month(), t.Day(), weekdays[day.Weekday()], part, hour, t.Minute())
	if how, ok := channelTexts[n.Channel]; ok {
		text += "，" + how
	}
	return text
}

func (s *Server) notices(c *gin.Context, actor domain.Actor) (int, any, error) {
	q := query{c: c}
	unread, limit := q.flag("unread"), q.limit()
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	after, err := readCursor(c.Query("cursor"))
	if err != nil {
		return 0, nil, err
	}
	found, err := s.Notices.List(c, actor, unread, after, limit)
	return ok(struct {
		list[notice]
		Unread int `json:"unread"`
	}{list[notice]{mapped(found.Items, s.noticeOf), writeCursor(found.Next)}, found.Unread}, err)
}

func (s *Server) readNotices(c *gin.Context, actor domain.Actor) (int, any, error) {
	var in struct {
		Until string `json:"until"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	if in.Until == "" {
		return 0, nil, domain.InvalidField("until", "required")
	}
	return ok(nothing{}, s.Notices.ReadUntil(c, actor, in.Until))
}

func (s *Server) readNotice(c *gin.Context, actor domain.Actor) (int, any, error) {
	return ok(nothing{}, s.Notices.Read(c, actor, c.Param("id")))
}
