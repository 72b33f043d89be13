{{/* Labels of every object; called with the component, or "" for objects of all of walletwatch. */}}
{{- define "walletwatch.labels" -}}
app.kubernetes.io/name: walletwatch
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* What the Deployment selects. */}}
{{- define "walletwatch.selector" -}}
app.kubernetes.io/name: walletwatch
app.kubernetes.io/component: daemon
{{- end }}

{{/* What all else selects: the pods of every Deployment of walletwatch, also a canary's. */}}
{{- define "walletwatch.serving" -}}
app.kubernetes.io/name: walletwatch
walletwatch/serves: "true"
{{- end }}

{{- define "walletwatch.thresholds" -}}
{{ .Values.thresholds | default (.Files.Get "files/thresholds.yaml") }}
{{- end }}

{{/* The Secrets as they are mounted: a directory each. */}}
{{- define "walletwatch.secrets" -}}
{{- $secrets := list "octopus" "receivers" -}}
{{- if .Values.ha.enabled }}{{ $secrets = append $secrets "database" }}{{ end -}}
{{- if .Values.webhooks.enabled }}{{ $secrets = append $secrets "webhooks" }}{{ end -}}
{{- if .Values.orders.enabled }}{{ $secrets = append $secrets "orders" }}{{ end -}}
{{ join " " $secrets }}
{{- end }}

{{- define "walletwatch.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* What the daemon's container and the preflight's have in common. */}}
{{- define "walletwatch.container" -}}
name: walletwatch
image: {{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
workingDir: /etc/walletwatch
env:
  - name: OCTOPUS_BASE_URL
    value: {{ required "octopus.baseURL must be set, such as https://api.octopuscards.io" .Values.octopus.baseURL | quote }}
  - name: OCTOPUS_API_KEY_FILE
    value: /run/secrets/walletwatch/octopus/OCTOPUS_API_KEY
  - name: OCTOPUS_API_SECRET_FILE
    value: /run/secrets/walletwatch/octopus/OCTOPUS_API_SECRET
  {{- if .Values.slack.webhook }}
  - name: SLACK_WEBHOOK_URL_FILE
    value: /run/secrets/walletwatch/receivers/SLACK_WEBHOOK_URL
  {{- else }}
  - name: SLACK_BOT_TOKEN_FILE
    value: /run/secrets/walletwatch/receivers/SLACK_BOT_TOKEN
  {{- end }}
  - name: PAGERDUTY_ROUTING_KEY_FILE
    value: /run/secrets/walletwatch/receivers/PAGERDUTY_ROUTING_KEY
  - name: WALLETWATCH_HEARTBEAT_URL
    valueFrom:
      secretKeyRef:
        name: walletwatch-receivers
        key: WALLETWATCH_HEARTBEAT_URL
        optional: true
  {{- if .Values.ha.enabled }}
  - name: WALLETWATCH_DATABASE
    value: "" # the image sets it for SQLite, and both would contradict each other
  - name: WALLETWATCH_DATABASE_FILE
    value: /run/secrets/walletwatch/database/WALLETWATCH_DATABASE
  {{- else }}
  - name: WALLETWATCH_DATABASE
    value: sqlite:///data/walletwatch.db
  {{- end }}
  {{- if .Values.webhooks.enabled }}
  - name: OCTOPUS_WEBHOOK_SECRET_FILE
    value: /run/secrets/walletwatch/webhooks/OCTOPUS_WEBHOOK_SECRET
  {{- end }}
  {{- if .Values.orders.enabled }}
  - name: WALLETWATCH_INGEST_TOKEN_FILE
    value: /run/secrets/walletwatch/orders/WALLETWATCH_INGEST_TOKEN
  {{- end }}
  - name: GOMEMLIMIT
    value: {{ .Values.goMemLimit }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  - {name: thresholds, mountPath: /etc/walletwatch, readOnly: true}
  {{- range splitList " " (include "walletwatch.secrets" .) }}
  - {name: {{ . }}, mountPath: /run/secrets/walletwatch/{{ . }}, readOnly: true}
  {{- end }}
  {{- if not .Values.ha.enabled }}
  - {name: data, mountPath: /data}
  {{- end }}
{{- end }}

{{- define "walletwatch.secretVolumes" -}}
{{- range splitList " " (include "walletwatch.secrets" .) }}
- name: {{ . }}
  secret:
    secretName: walletwatch-{{ . }}
    defaultMode: 0440
{{- end }}
{{- end }}
