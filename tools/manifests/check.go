package main

import (
	"fmt"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	autoscalingvalidation "k8s.io/kubernetes/pkg/apis/autoscaling/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"k8s.io/kubernetes/pkg/apis/policy"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
	"k8s.io/pod-security-admission/api"
	podsecurity "k8s.io/pod-security-admission/policy"
)

// What an API server does with an object before it stores it: reads it strictly, fills in defaults, and validates.
func check(decoder runtime.Decoder, document []byte) []string {
	object, kind, err := decoder.Decode(document, nil, nil)
	if err != nil {
		return []string{fmt.Sprintf("%v: %v", kind, err)}
	}
	// Of the Prometheus Operator: no server's own code validates it, so it is read strictly and that is all.
	if _, ok := object.(*monitoringv1.PodMonitor); ok {
		return nil
	}
	secure := checkPodSecurity(object)
	legacyscheme.Scheme.Default(object)
	internal, err := legacyscheme.Scheme.ConvertToVersion(object, runtime.InternalGroupVersioner)
	if err != nil {
		return append(secure, fmt.Sprintf("%v: %v", kind, err))
	}
	// As the namespace of a release does.
	if meta, ok := internal.(metav1.Object); ok && meta.GetNamespace() == "" {
		meta.SetNamespace("default")
	}
	found, known := validate(internal)
	if !known {
		return append(secure, fmt.Sprintf("%v: not a kind that is known here", kind))
	}
	for _, one := range found {
		secure = append(secure, fmt.Sprintf("%s: %v", kind.Kind, one))
	}
	return secure
}

func validate(object runtime.Object) (field.ErrorList, bool) {
	switch one := object.(type) {
	case *apps.Deployment:
		return appsvalidation.ValidateDeployment(one, corevalidation.PodValidationOptions{}), true
	case *batch.Job:
		selectOwnPods(one)
		return batchvalidation.ValidateJobCreate(one, batchvalidation.JobValidationOptions{RequirePrefixedLabels: true}), true
	case *core.Service:
		return corevalidation.ValidateServiceCreate(one), true
	case *core.ServiceAccount:
		return corevalidation.ValidateServiceAccount(one), true
	case *networking.NetworkPolicy:
		return networkingvalidation.ValidateNetworkPolicy(one, networkingvalidation.NetworkPolicyValidationOptions{}), true
	case *networking.Ingress:
		return networkingvalidation.ValidateIngressCreate(one), true
	case *policy.PodDisruptionBudget:
		return policyvalidation.ValidatePodDisruptionBudget(one, policyvalidation.PodDisruptionBudgetValidationOptions{}), true
	case *autoscaling.HorizontalPodAutoscaler:
		options := autoscalingvalidation.HorizontalPodAutoscalerSpecValidationOptions{MinReplicasLowerBound: 1}
		return autoscalingvalidation.ValidateHorizontalPodAutoscaler(one, options), true
	default:
		return nil, false
	}
}

// A server gives each job a selector of its own.
func selectOwnPods(job *batch.Job) {
	job.UID = types.UID("00000000-0000-0000-0000-000000000000")
	own := map[string]string{"batch.kubernetes.io/controller-uid": string(job.UID), "batch.kubernetes.io/job-name": job.Name,
		"controller-uid": string(job.UID), "job-name": job.Name}
	if job.Spec.Template.Labels == nil {
		job.Spec.Template.Labels = map[string]string{}
	}
	for name, value := range own {
		job.Spec.Template.Labels[name] = value
	}
	job.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"batch.kubernetes.io/controller-uid": string(job.UID)}}
}

// The Pod Security Standard "restricted", the strictest that a namespace can ask for.
func checkPodSecurity(object runtime.Object) []string {
	var template *corev1.PodTemplateSpec
	switch one := object.(type) {
	case *appsv1.Deployment:
		template = &one.Spec.Template
	case *batchv1.Job:
		template = &one.Spec.Template
	default:
		return nil
	}
	evaluator, err := podsecurity.NewEvaluator(podsecurity.DefaultChecks(), nil)
	if err != nil {
		return []string{err.Error()}
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	result := podsecurity.AggregateCheckResults(evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec))
	if result.Allowed {
		return nil
	}
	return []string{"Pod Security Standard restricted: " + result.ForbiddenDetail()}
}
