{{- define "tutti.name" -}}
{{ printf "%s-tutti" .Release.Name }}
{{- end -}}

{{- define "tutti.labels" -}}
app.kubernetes.io/name: tutti
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "tutti.image" -}}
{{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end -}}

{{- define "tutti.secret" -}}
{{ default (include "tutti.name" .) .Values.secrets.existingSecret }}
{{- end -}}

{{- define "tutti.domain" -}}
{{ printf "%s.svc.%s" .Release.Namespace .Values.clusterDomain }}
{{- end -}}

{{- /* Where each service answers the others; the comma at the end does no harm. */ -}}
{{- define "tutti.peers" -}}
{{- range $name, $service := .Values.services }}{{ $name }}={{ include "tutti.name" $ }}-{{ $name }}.{{ include "tutti.domain" $ }}:4700,{{ end -}}
{{- end -}}

{{- define "tutti.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tutti.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "tutti.environment" -}}
- name: TUTTI_PUBLIC_URL
  value: {{ .Values.publicUrl | quote }}
- name: TUTTI_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ include "tutti.secret" . }}, key: database-url}}
- name: TUTTI_NATS_URL
  valueFrom: {secretKeyRef: {name: {{ include "tutti.secret" . }}, key: nats-url}}
- name: TUTTI_REDIS_URL
  valueFrom: {secretKeyRef: {name: {{ include "tutti.secret" . }}, key: redis-url}}
- name: TUTTI_STORAGE_SECRET_KEY
  valueFrom: {secretKeyRef: {name: {{ include "tutti.secret" . }}, key: storage-secret-key}}
- name: TUTTI_CLUSTER_SECRETS
  valueFrom: {secretKeyRef: {name: {{ include "tutti.secret" . }}, key: cluster-secrets}}
- name: TUTTI_METRICS_TOKEN
  valueFrom: {secretKeyRef: {name: {{ include "tutti.secret" . }}, key: metrics-token}}
- name: TUTTI_STORAGE_URL
  value: {{ .Values.storage.url | quote }}
- name: TUTTI_STORAGE_ENDPOINT
  value: {{ .Values.storage.endpoint | quote }}
- name: TUTTI_STORAGE_PUBLIC_ENDPOINT
  value: {{ .Values.storage.publicEndpoint | quote }}
- name: TUTTI_STORAGE_REGION
  value: {{ .Values.storage.region | quote }}
- name: TUTTI_STORAGE_KEY_ID
  value: {{ .Values.storage.keyId | quote }}
- name: TUTTI_CLUSTER_RPC_HOST
  value: "0.0.0.0"
- name: TUTTI_PEERS
  value: {{ include "tutti.peers" . | quote }}
- name: TUTTI_TRUSTED_PROXIES
  value: {{ join "," .Values.podNetworks | quote }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}
