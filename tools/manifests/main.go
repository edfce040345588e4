// Reads Kubernetes manifests from standard input and says what an API server would refuse: unknown fields, wrong types,
// and what its own validation finds after defaults. Pods are also held against the Pod Security Standard "restricted".
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	appsinstall "k8s.io/kubernetes/pkg/apis/apps/install"
	autoscalinginstall "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	batchinstall "k8s.io/kubernetes/pkg/apis/batch/install"
	coreinstall "k8s.io/kubernetes/pkg/apis/core/install"
	networkinginstall "k8s.io/kubernetes/pkg/apis/networking/install"
	policyinstall "k8s.io/kubernetes/pkg/apis/policy/install"
)

func main() {
	for _, install := range []func(*runtime.Scheme){
		appsinstall.Install, autoscalinginstall.Install, batchinstall.Install, coreinstall.Install,
		networkinginstall.Install, policyinstall.Install,
	} {
		install(legacyscheme.Scheme)
	}
	if err := monitoringv1.AddToScheme(legacyscheme.Scheme); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	decoder := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	reader := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	documents, problems := 0, 0
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if isEmpty(document) {
			continue
		}
		documents++
		for _, problem := range check(decoder, document) {
			problems++
			fmt.Println(problem)
		}
	}
	fmt.Fprintf(os.Stderr, "%d documents, %d problems\n", documents, problems)
	if documents == 0 || problems > 0 {
		os.Exit(1)
	}
}

// A document of nothing but comments, as a template leaves where it renders nothing.
func isEmpty(document []byte) bool {
	for _, line := range bytes.Split(document, []byte("\n")) {
		text := bytes.TrimSpace(line)
		if len(text) > 0 && text[0] != '#' && !bytes.Equal(text, []byte("---")) {
			return false
		}
	}
	return true
}
