// Judges Kubernetes objects as the API server would before it stores them: by its own defaults and validation, and, what
// makes pods, by the restricted level of Pod Security. Reads one object of JSON a line; writes what is wrong with each as
// a line with a list of JSON.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsinstall "k8s.io/kubernetes/pkg/apis/apps/v1"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	autoscalinginstall "k8s.io/kubernetes/pkg/apis/autoscaling/v2"
	autoscalingvalidation "k8s.io/kubernetes/pkg/apis/autoscaling/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	batchinstall "k8s.io/kubernetes/pkg/apis/batch/v1"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	coreinstall "k8s.io/kubernetes/pkg/apis/core/v1"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	networkinginstall "k8s.io/kubernetes/pkg/apis/networking/v1"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"k8s.io/kubernetes/pkg/apis/policy"
	policyinstall "k8s.io/kubernetes/pkg/apis/policy/v1"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
	"k8s.io/kubernetes/pkg/apis/scheduling"
	schedulinginstall "k8s.io/kubernetes/pkg/apis/scheduling/v1"
	schedulingvalidation "k8s.io/kubernetes/pkg/apis/scheduling/validation"
	podsecurity "k8s.io/pod-security-admission/api"
	podsecuritychecks "k8s.io/pod-security-admission/policy"
)

var scheme = runtime.NewScheme()

func main() {
	for _, add := range []func(*runtime.Scheme) error{
		apps.AddToScheme, appsinstall.AddToScheme,
		autoscaling.AddToScheme, autoscalinginstall.AddToScheme,
		batch.AddToScheme, batchinstall.AddToScheme,
		core.AddToScheme, coreinstall.AddToScheme,
		networking.AddToScheme, networkinginstall.AddToScheme,
		policy.AddToScheme, policyinstall.AddToScheme,
		scheduling.AddToScheme, schedulinginstall.AddToScheme,
	} {
		must(add(scheme))
	}
	checks, err := podsecuritychecks.NewEvaluator(podsecuritychecks.DefaultChecks(), nil)
	must(err)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		errors, pod := judge(lines.Bytes())
		problems := []string{}
		for _, each := range errors {
			problems = append(problems, each.Error())
		}
		if pod != nil {
			level := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
			verdict := podsecuritychecks.AggregateCheckResults(checks.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec))
			if !verdict.Allowed {
				problems = append(problems, "restricted: "+verdict.ForbiddenDetail())
			}
		}
		text, err := json.Marshal(problems)
		must(err)
		fmt.Println(string(text))
	}
	must(lines.Err())
}

// judge returns what is wrong with an object, and the pods that it makes.
func judge(line []byte) (field.ErrorList, *corev1.PodTemplateSpec) {
	var type_ metav1.TypeMeta
	must(json.Unmarshal(line, &type_))
	pods := corevalidation.PodValidationOptions{}
	switch type_.Kind {
	case "Deployment":
		given, object := appsv1.Deployment{}, apps.Deployment{}
		read(line, &given, &object)
		return appsvalidation.ValidateDeployment(&object, pods), &given.Spec.Template
	case "Job":
		given, object := batchv1.Job{}, batch.Job{}
		// The server's own label and selector, without which it accepts no Job.
		read(line, &given, &object)
		object.Spec.Selector = &metav1.LabelSelector{MatchLabels: object.Spec.Template.Labels}
		return batchvalidation.ValidateJobSpec(&object.Spec, field.NewPath("spec"), pods), &given.Spec.Template
	case "CronJob":
		given, object := batchv1.CronJob{}, batch.CronJob{}
		read(line, &given, &object)
		return batchvalidation.ValidateCronJobCreate(&object, pods), &given.Spec.JobTemplate.Spec.Template
	case "HorizontalPodAutoscaler":
		options := autoscalingvalidation.HorizontalPodAutoscalerSpecValidationOptions{MinReplicasLowerBound: 1}
		return validated(line, &autoscalingv2.HorizontalPodAutoscaler{}, func(object *autoscaling.HorizontalPodAutoscaler) field.ErrorList {
			return autoscalingvalidation.ValidateHorizontalPodAutoscaler(object, options)
		}), nil
	case "PodDisruptionBudget":
		return validated(line, &policyv1.PodDisruptionBudget{}, func(object *policy.PodDisruptionBudget) field.ErrorList {
			return policyvalidation.ValidatePodDisruptionBudget(object, policyvalidation.PodDisruptionBudgetValidationOptions{})
		}), nil
	case "NetworkPolicy":
		return validated(line, &networkingv1.NetworkPolicy{}, func(object *networking.NetworkPolicy) field.ErrorList {
			return networkingvalidation.ValidateNetworkPolicy(object, networkingvalidation.NetworkPolicyValidationOptions{})
		}), nil
	case "PriorityClass":
		return validated(line, &schedulingv1.PriorityClass{}, schedulingvalidation.ValidatePriorityClass), nil
	case "Service":
		return validated(line, &corev1.Service{}, corevalidation.ValidateServiceCreate), nil
	case "ServiceAccount":
		return validated(line, &corev1.ServiceAccount{}, corevalidation.ValidateServiceAccount), nil
	case "ConfigMap":
		return validated(line, &corev1.ConfigMap{}, corevalidation.ValidateConfigMap), nil
	case "Namespace":
		return validated(line, &corev1.Namespace{}, corevalidation.ValidateNamespace), nil
	}
	return field.ErrorList{field.NotSupported(field.NewPath("kind"), type_.Kind, []string{"see judge()"})}, nil
}

// validated reads an object and returns what is wrong with it.
func validated[T any](line []byte, given runtime.Object, validate func(*T) field.ErrorList) field.ErrorList {
	object := new(T)
	read(line, given, any(object).(runtime.Object))
	return validate(object)
}

// read takes an object as the server does: no unknown field, defaults filled in, then in its own form.
func read(line []byte, given, object runtime.Object) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	must(decoder.Decode(given))
	scheme.Default(given)
	must(scheme.Convert(given, object, nil))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
