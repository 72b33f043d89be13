package boards

func deliveryTime() panel {
	return lines(about{"Time to deliver",
		"From when a message or page became due until the receiver accepted it, for all since the replicas started. Seconds are normal; more than 10 s is overdue: see Delivery attempts a minute for which receiver fails.",
		"s", 12, 8},
		series(everQuantile("0.5", "receiver", "notification_duration_seconds", installation), "{{receiver}} 50 %"),
		series(everQuantile("0.95", "receiver", "notification_duration_seconds", installation), "{{receiver}} 95 %"),
		series(everQuantile("0.99", "receiver", "notification_duration_seconds", installation), "{{receiver}} 99 %")).Min(0)
}

func deliveries() panel {
	fields := []field{
		{name: "receiver", header: "Receiver"},
		{name: "kind", header: "Occasion"},
		{name: "result", header: "Result"},
		{name: "Value", header: "Attempts"},
	}
	return rows(about{"Deliveries since the replicas started",
		"Every attempt to tell a receiver, by occasion and result. refused: it will never be accepted as it is, so correct the channel or the key; walletwatch notify-test shows the receiver's own words.",
		"short", 12, 8}, "receiver", fields, nil,
		column("A", "sum by (receiver, kind, result) (walletwatch_notifications_total{"+installation+"})")).
		NoValue("none since the replicas started, or no data")
}
