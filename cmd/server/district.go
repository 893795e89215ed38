package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// districtCommand shows a district's settings, or changes them.
func districtCommand(ctx context.Context, conf config, args []string, stdout io.Writer) error {
	code, change, err := districtFlags(args)
	if err != nil {
		fmt.Fprint(stdout, usage)
		return err
	}
	h, err := openHouse(ctx, conf)
	if err != nil {
		return err
	}
	defer h.close(ctx)
	if err := h.places.Load(ctx); err != nil {
		return err
	}
	s := &services.Districts{Data: h.data, Now: h.clock.now, Places: h.places}
	var office domain.Office
	if change == (services.DistrictChange{}) {
		office, err = s.Settings(ctx, code)
	} else {
		office, err = s.Set(ctx, code, change)
	}
	if errors.Is(err, domain.ErrNotFound) {
		return fmt.Errorf("district: no villages of a district %s are known: import them first", code)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s\n月结宽限 month grace: %d 天 days%s\n投诉办理 complaint days: %d 个工作日 working days%s\n", code,
		cmp.Or(office.MonthGrace, domain.DefaultMonthGrace), byDefault(office.MonthGrace),
		cmp.Or(office.ComplaintDays, domain.DefaultComplaintDays), byDefault(office.ComplaintDays))
	return err
}

func byDefault(n int) string {
	if n == 0 {
		return "(默认 default)"
	}
	return ""
}

// districtFlags reads the district's code and what is to be changed.
func districtFlags(args []string) (code string, change services.DistrictChange, err error) {
	for len(args) > 0 {
		var into **int
		switch args[0] {
		case "--month-grace":
			into = &change.MonthGrace
		case "--complaint-days":
			into = &change.ComplaintDays
		default:
			if code != "" || !domain.IsDigits(args[0], domain.DistrictDigits) {
				return "", change, fmt.Errorf("district: %s is no code of six digits", strconv.Quote(args[0]))
			}
			code, args = args[0], args[1:]
			continue
		}
		if len(args) < 2 {
			return "", change, fmt.Errorf("district: %s needs a number of days", args[0])
		}
		days, err := strconv.Atoi(args[1])
		if err != nil {
			return "", change, fmt.Errorf("district: %s needs a number of days", args[0])
		}
		*into, args = &days, args[2:]
	}
	if code == "" {
		return "", change, errors.New("district: which one? its code has six digits")
	}
	return code, change, nil
}
