#########################################################
##
## analytics commands (opt-in: nothing is counted before you say yes, see docs/analytics.md)
##
#########################################################

# The one release that analytics-install takes, and the checksums of its archives. `git pull` fetches nothing and puts
# nothing on anyone's PATH: a new release here only changes what the next analytics-install brings.
# Renewed by .github/workflows/renew-analytics.yml, as a pull request to be reviewed.
ANALYTICS_VERSION := 0.1.0
ANALYTICS_SHA256_X86_64 :=
ANALYTICS_SHA256_AARCH64 :=
ANALYTICS_RELEASES ?= https://github.com/traefikturkey/onramp-analytics/releases/download

.PHONY: analytics-install analytics-uninstall analytics-status analytics-enable analytics-disable analytics-show-id \
	analytics-reset-id analytics-preview analytics-view analytics-stats analytics-ui analytics-doctor analytics-forget

# Runs the program if it is there, and explains itself if it is not: that is no reason for make to fail.
define analytics
	@for program in onramp-analytics "$$HOME/.local/bin/onramp-analytics" "$$HOME/.cargo/bin/onramp-analytics" ''; do \
		if command -v "$$program" >/dev/null 2>&1; then break; fi; \
	done; \
	if [ -n "$$program" ]; then \
		"$$program" --project . $(1); \
	else \
		echo "onramp-analytics is not installed here: nothing is recorded, nothing is sent."; \
		echo "What it is: docs/analytics.md. To install it for yourself: make analytics-install"; \
	fi
endef

analytics-install: ## install the program that counts, for your user only
	@if [ -z '$(ANALYTICS_SHA256_X86_64)$(ANALYTICS_SHA256_AARCH64)' ]; then \
		echo "no release is pinned in make.d/analytics.mk yet"; exit 1; \
	fi
	@sh make.d/scripts/install-analytics.sh --from '$(ANALYTICS_RELEASES)' --version '$(ANALYTICS_VERSION)' \
		--sha256 'x86_64=$(ANALYTICS_SHA256_X86_64)' --sha256 'aarch64=$(ANALYTICS_SHA256_AARCH64)'
	@"$$HOME/.local/bin/onramp-analytics" --project . install

analytics-uninstall: ## take the program and everything it recorded away again
	$(call analytics,uninstall)
	@if [ -f "$$HOME/.local/share/doc/onramp-analytics/installed" ]; then \
		sh make.d/scripts/install-analytics.sh --remove; \
	fi

analytics-status: ## show whether anything is counted, and why
	$(call analytics,status || true)

analytics-enable: ## say yes to anonymous analytics in this checkout
	$(call analytics,enable)

analytics-disable: ## say no, at once
	$(call analytics,disable)

analytics-show-id: ## show the anonymous id
	$(call analytics,show-id)

analytics-reset-id: ## make a new anonymous id
	$(call analytics,reset-id)

analytics-preview: ## show the exact bytes of the next request
	$(call analytics,preview)

analytics-view: ## list what was recorded
	$(call analytics,view)

analytics-stats: ## show your own figures
	$(call analytics,stats)

analytics-ui: ## all of it as a page on your own machine
	$(call analytics,ui)

analytics-doctor: ## look for what is wrong, and tell what to do
	$(call analytics,doctor || true)

analytics-forget: ## delete everything that was recorded
	$(call analytics,forget)

# The last line of the recipe of `start`: one line, once ever, after the first start that worked, for somebody at a
# terminal who has not installed the program, not decided, and not asked to be left alone. It can't make a start fail.
define analytics_hint
	@mark="$${XDG_STATE_HOME:-$$HOME/.local/state}/onramp/analytics-hint"; \
	if [ -t 2 ] && [ -z "$$CI$$DO_NOT_TRACK$$ONRAMP_ANALYTICS_ENABLED" ] && [ ! -e "$$mark" ] && \
		! grep -qs '^ANALYTICS_ENABLED=' onramp.lock && \
		[ ! -e "$${XDG_CONFIG_HOME:-$$HOME/.config}/onramp-analytics/off" ] && \
		! command -v onramp-analytics >/dev/null 2>&1 && [ ! -e "$$HOME/.local/bin/onramp-analytics" ] && \
		mkdir -p "$${mark%/*}" 2>/dev/null && { : >"$$mark"; } 2>/dev/null; then \
		echo "OnRamp would like to know, anonymously and only if you agree, which services matter:" \
			"docs/analytics.md, make analytics-install" >&2; \
	fi; true
endef
