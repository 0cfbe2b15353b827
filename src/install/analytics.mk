# Put here by `onramp-analytics install`, taken away again by `onramp-analytics uninstall`.
# Analytics in OnRamp is opt-in: these goals tell the state and change it. Without the program they say so, and succeed.

.PHONY: analytics-status analytics-enable analytics-disable analytics-show-id analytics-reset-id

# To tell the state is no reason for make to fail, whatever the state is.
analytics-status analytics-enable analytics-disable analytics-show-id analytics-reset-id:
	@program={program}; [ -x "$$program" ] || program=onramp-analytics; \
	if ! command -v "$$program" >/dev/null 2>&1; then \
	    echo "onramp-analytics is not installed here: nothing is recorded, nothing is sent."; \
	elif [ '$@' = analytics-status ]; then \
	    "$$program" --project . status || true; \
	else \
	    "$$program" --project . '$(@:analytics-%=%)'; \
	fi
