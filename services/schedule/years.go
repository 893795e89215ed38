package schedule

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"

	"villagecounsel/services/domain"
)

// Shipped answers the tables that come with the program, in order of years:
// 2024 to 2026, by the State Council's notices 国办发明电〔2023〕7号,
// 〔2024〕12号 and 〔2025〕7号.
func Shipped() []domain.CalendarYear {
	rows, err := csv.NewReader(strings.NewReader(yearsCSV)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("schedule: the embedded years.csv: %v", err))
	}
	var years []domain.CalendarYear
	for _, row := range rows[1:] { // 年份,日期,类型,文号
		if n := len(years); n == 0 || years[n-1].ID != row[0] {
			years = append(years, domain.CalendarYear{Meta: domain.Meta{ID: row[0]}, Notice: row[3]})
		}
		y, day := &years[len(years)-1], domain.Day(row[1])
		if row[2] == "休" {
			y.Off = append(y.Off, day)
		} else {
			y.Work = append(y.Work, day)
		}
	}
	return years
}

//go:embed years.csv
var yearsCSV string
