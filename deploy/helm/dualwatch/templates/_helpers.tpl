{{- define "dualwatch.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "dualwatch.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Labels that a pod is found by: (dict "root" $ "component" "intake"). */}}
{{- define "dualwatch.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "dualwatch.labels" -}}
{{ include "dualwatch.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "dualwatch.port" -}}
{{- get (dict "console" "8100" "intake" "8101" "analysis" "8102" "alerts" "8103" "reporting" "8104") . -}}
{{- end -}}

{{- define "dualwatch.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "dualwatch.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities:
  drop: [ALL]
{{- end -}}

{{/* One variable a line. */}}
{{- define "dualwatch.variables" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end -}}
{{- end -}}

{{/* What every service is told: (dict "root" $ "service" "intake"). */}}
{{- define "dualwatch.env" -}}
{{- $values := .root.Values -}}
{{- $name := include "dualwatch.fullname" .root -}}
{{- $told := dict
  "DUALWATCH_KEY_FILE" "/run/dualwatch/key"
  "DUALWATCH_TLS__CERTIFICATE_FILE" "/run/dualwatch/tls.pem"
  "DUALWATCH_TLS__CERTIFICATE_KEY_FILE" "/run/dualwatch/tls.key"
  "DUALWATCH_TLS__CA_FILE" "/run/dualwatch/ca.pem"
  "DUALWATCH_LOG__FORMAT" $values.log.format
  "DUALWATCH_LOG__LEVEL" $values.log.level
  (printf "DUALWATCH_%s__HOST" (upper .service)) "0.0.0.0"
-}}
{{- range $other := list "intake" "analysis" "alerts" "reporting" -}}
{{- $_ := set $told (printf "DUALWATCH_%s__URL" (upper $other)) (printf "https://%s-%s:%s" $name $other (include "dualwatch.port" $other)) -}}
{{- end -}}
{{- if ne .service "console" -}}
{{- $told = merge $told (dict
  "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS" $values.kafka.bootstrapServers
  "DUALWATCH_KAFKA__SECURITY_PROTOCOL" $values.kafka.securityProtocol
  "DUALWATCH_KAFKA__SASL_MECHANISM" $values.kafka.saslMechanism
  "DUALWATCH_KAFKA__USER" .service
  "DUALWATCH_KAFKA__PASSWORD_FILE" "/run/dualwatch/kafka-password"
  "DUALWATCH_KAFKA__CA_FILE" "/run/dualwatch/ca.pem"
  "DUALWATCH_MONGO__URL" $values.mongo.url
  "DUALWATCH_MONGO__USER" .service
  "DUALWATCH_MONGO__PASSWORD_FILE" "/run/dualwatch/mongo-password"
  "DUALWATCH_MONGO__CA_FILE" "/run/dualwatch/ca.pem") -}}
{{- else -}}
{{- $told = merge $told (dict
  "DUALWATCH_CONSOLE__BEHIND_TLS" "true"
  "FORWARDED_ALLOW_IPS" $values.console.forwardedAllowIps) -}}
{{- end -}}
{{- if eq .service "intake" -}}
{{- $told = merge $told (dict
  "DUALWATCH_INTAKE__PARTITIONS" (toString $values.partitions)
  "DUALWATCH_INTAKE__PEOPLE_KEY_FILE" "/run/dualwatch/people-key") -}}
{{- if $values.intake.checkpointsClaim -}}
{{- $told = merge $told (dict
  "DUALWATCH_INTAKE__CHECKPOINTS" "/var/lib/dualwatch/checkpoints"
  "DUALWATCH_INTAKE__CHECKPOINT_KEY_FILE" "/run/dualwatch/checkpoint.key") -}}
{{- end -}}
{{- end -}}
{{- $own := get $values .service -}}
{{- include "dualwatch.variables" (mergeOverwrite $told $values.env $own.env) -}}
{{- end -}}

{{/* Who may do everything at Kafka: variables, as YAML. */}}
{{- define "dualwatch.kafkaAdmin" -}}
{{- $own := .Values.setup.kafka -}}
DUALWATCH_KAFKA__BOOTSTRAP_SERVERS: {{ $own.bootstrapServers | quote }}
DUALWATCH_KAFKA__SECURITY_PROTOCOL: {{ $own.securityProtocol | quote }}
DUALWATCH_KAFKA__CA_FILE: /run/dualwatch/ca.pem
{{- if hasPrefix "SASL" $own.securityProtocol }}
DUALWATCH_KAFKA__SASL_MECHANISM: {{ .Values.kafka.saslMechanism | quote }}
DUALWATCH_KAFKA__USER: {{ $own.user | quote }}
DUALWATCH_KAFKA__PASSWORD_FILE: /run/dualwatch/kafka-password
{{- else }}
DUALWATCH_KAFKA__CERTIFICATE_FILE: /run/dualwatch/tls.pem
DUALWATCH_KAFKA__CERTIFICATE_KEY_FILE: /run/dualwatch/tls.key
{{- end }}
{{- end -}}

{{/* The secrets of a service as files. */}}
{{- define "dualwatch.secrets" -}}
{{- $own := get .root.Values .service -}}
name: secrets
projected:
  defaultMode: 0440
  sources:
    - secret:
        name: {{ $own.existingSecret | default (printf "%s-%s" (include "dualwatch.fullname" .root) .service) }}
    {{- with $own.tlsSecret }}
    - secret:
        name: {{ . }}
        items:
          - {key: tls.crt, path: tls.pem}
          - {key: tls.key, path: tls.key}
          - {key: ca.crt, path: ca.pem}
    {{- end }}
{{- end -}}

{{/* One allowed way of a network policy: (dict "peers" … "ports" … "side" "to"). */}}
{{- define "dualwatch.way" -}}
- ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .peers }}
  {{ $.side }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
