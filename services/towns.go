package services

import (
	"slices"
	"strings"

	"villagecounsel/services/domain"
)

// TownsIn answers the 9 digits of the towns of an area: of a province (2
// digits), a district (6), a town (9), or of the town of a village (12).
func (p *Places) TownsIn(area string) []string {
	if len(area) > domain.TownDigits {
		area = domain.TownOf(area)
	}
	l := p.list.Load()
	if l == nil || area == "" {
		return nil
	}
	first, _ := slices.BinarySearchFunc(l.towns, area, placeTown.compare)
	var towns []string
	for _, t := range l.towns[first:] {
		if !strings.HasPrefix(t.code, area) {
			break
		}
		towns = append(towns, t.code)
	}
	return towns
}
