{{- define "crosswalk.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "crosswalk.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "crosswalk.labels" -}}
{{ include "crosswalk.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "crosswalk.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "crosswalk.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "crosswalk.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* What every pod is held by. */}}
{{- define "crosswalk.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* What every container is held by. */}}
{{- define "crosswalk.containerSecurity" -}}
image: {{ include "crosswalk.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* One variable from the Secret; nothing where the key is empty. Takes the chart, the variable and the entry. */}}
{{- define "crosswalk.secretVariable" -}}
{{- $key := index .chart.Values.secret.keys .entry -}}
{{- if $key }}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef: { name: {{ .chart.Values.secret.name | quote }}, key: {{ $key | quote }} }
{{- end }}
{{- end -}}

{{/* What every process reads. */}}
{{- define "crosswalk.env" -}}
{{- include "crosswalk.secretVariable" (dict "chart" . "variable" "DATABASE_URL" "entry" "databaseUrl") }}
{{- include "crosswalk.secretVariable" (dict "chart" . "variable" "CROSSWALK_ENCRYPTION_KEY" "entry" "encryptionKey") }}
{{- include "crosswalk.secretVariable" (dict "chart" . "variable" "CROSSWALK_PREVIOUS_ENCRYPTION_KEY" "entry" "previousEncryptionKey") }}
{{- include "crosswalk.secretVariable" (dict "chart" . "variable" "HUBSPOT_CLIENT_SECRET" "entry" "hubspotClientSecret") }}
{{- include "crosswalk.secretVariable" (dict "chart" . "variable" "CROSSWALK_SMTP_URL" "entry" "smtpUrl") }}
{{- include "crosswalk.secretVariable" (dict "chart" . "variable" "CROSSWALK_OIDC_CLIENT_SECRET" "entry" "oidcClientSecret") }}
{{- include "crosswalk.secretVariable" (dict "chart" . "variable" "CROSSWALK_AUDIT_WEBHOOK_SECRET" "entry" "auditWebhookSecret") }}
{{- include "crosswalk.secretVariable" (dict "chart" . "variable" "TEMPORAL_API_KEY" "entry" "temporalApiKey") }}
- name: TEMPORAL_ADDRESS
  value: {{ .Values.temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ .Values.temporal.namespace | quote }}
- name: TEMPORAL_TASK_QUEUE
  value: {{ .Values.temporal.taskQueue | quote }}
- name: CROSSWALK_PUBLIC_URL
  value: {{ .Values.publicUrl | quote }}
{{- range $name, $value := .Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Pods of one component on different nodes, where that is possible. */}}
{{- define "crosswalk.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "crosswalk.selector" .chart | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Where a process serves its metrics. */}}
{{- define "crosswalk.metricsEnv" -}}
{{- if .Values.metrics.enabled }}
- name: CROSSWALK_METRICS_ADDRESS
  value: 0.0.0.0:{{ .Values.metrics.port }}
{{- end }}
{{- end -}}
