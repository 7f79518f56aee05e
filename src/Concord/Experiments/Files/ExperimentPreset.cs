namespace Concord.Experiments;

/// <summary>Published settings as defaults: every key of an experiment file overrides them.</summary>
/// <param name="Name">What a user writes after <c>preset:</c>.</param>
/// <param name="Source">Whose settings these are.</param>
/// <param name="Text">The settings, as an experiment file.</param>
public sealed record ExperimentPreset(string Name, string Source, string Text)
{
    /// <summary>The presets by name.</summary>
    public static IReadOnlyDictionary<string, ExperimentPreset> ByName { get; } = new[]
    {
        new ExperimentPreset("tinydfa-mnist", "Launay, Poli, Boniface, Krzakala 2020: the MNIST example of their code", """
            data: mnist
            model: mlp:784-256-256-10,relu
            optimizer: sgd
            learningRate: 0.01
            momentum: 0.9
            batch: 128
            epochs: 15
            rules:
              backprop:
              dfa: {feedback.preset: tinydfa}
              shallow:
            """),
        new ExperimentPreset("nokland-mnist", "Nøkland 2016: the defaults of his code, two hidden layers of 800", """
            data: mnist
            normalization: unit-range
            model: mlp:784-800-800-10,tanh
            loss: bce
            optimizer: rmsprop
            learningRate: 0.0001
            batch: 64
            epochs: 300
            rules:
              backprop:
              fa: {model: 'mlp:784-800-800-10,tanh,init=zero', feedback.init: pytorch}
              dfa: {model: 'mlp:784-800-800-10,tanh,init=zero', feedback.preset: nokland2016, feedback.asReleased: true}
            """),
        new ExperimentPreset("crafton-mnist", "Crafton and others 2019: the best settings in their code for 784-400-10", """
            data: mnist
            model: mlp:784-400-10,tanh,init=zero
            optimizer: adam
            learningRate: 0.01
            epsilon: 1
            tensorFlowEpsilon: true
            batch: 32
            epochs: 300
            rules:
              backprop: {model: 'mlp:784-400-10,relu,init=xavier-uniform'}
              dfa: {feedback.preset: crafton2019}
              sparse-dfa: {feedback.preset: crafton2019, feedback.nonZerosPerNeuron: 1}
            """),
        new ExperimentPreset("crafton-cifar10", "Crafton and others 2019: the best settings in their code for CIFAR-10 and three hidden layers of 1000", """
            data: cifar-10
            model: mlp:3072-1000-1000-1000-10,relu,init=zero,bias=0.1,input-dropout=0.1,dropout=0.25
            optimizer: adam
            learningRate: 0.0001
            epsilon: 0.000001
            tensorFlowEpsilon: true
            batch: 64
            epochs: 300
            rules:
              backprop: {model: 'mlp:3072-1000-1000-1000-10,relu,init=pytorch,bias=0.1,input-dropout=0.1,dropout=0.25', learningRate: 0.00003}
              dfa: {feedback.preset: crafton2019}
              sparse-dfa: {feedback.preset: crafton2019, feedback.nonZerosPerNeuron: 1, epsilon: 0.0001}
            """),
        new ExperimentPreset("frenkel-mnist", "Frenkel, Lefebvre, Bol 2021: the defaults of their code, the net of the table's first row", """
            data: mnist
            normalization: unit-range
            model: mlp:784-500-10,tanh
            loss: bce
            optimizer: sgd
            learningRate: 0.0001
            momentum: 0.9
            nesterov: true
            batch: 100
            epochs: 100
            rules:
              backprop: {learningRate: 0.00001}
              fa: {learningRate: 0.00001}
              dfa: {feedback.preset: frenkel2021}
              sign-dfa: {feedback.preset: frenkel2021}
              drtp: {feedback.preset: frenkel2021}
              shallow: {learningRate: 0.00001}
            """),
        new ExperimentPreset("akrout-mnist", "Akrout, Wilson, Humphreys, Lillicrap, Tweed 2019: the MNIST runs of their code, its slips put right", """
            data: mnist
            normalization: unit-range
            model: mlp:784-500-10,logistic,init=akrout-normal
            loss: bce
            optimizer: sgd
            momentum: 0
            batch: 128
            epochs: 400
            rules:
              backprop: {learningRate: 0.2}
              fa: {learningRate: 0.2, probe: gate}
              kolen-pollack: {learningRate: 0.3, probe: gate, weightDecay: 0.000333, decoupledDecay: true}
              wm: {learningRate: 0.05, probe: gate, mirror.output: logistic}
            """),
        new ExperimentPreset("akrout-mnist-as-released", "Akrout and others 2019: the same as the code runs, samples in the file's order, no last short batch, bias gradients divided by the batch twice, no decay, a mirror whose feedback grows, angles of the first image alone", """
            data: mnist
            normalization: unit-range
            model: mlp:784-500-10,logistic,init=akrout-normal
            loss: bce
            optimizer: sgd
            momentum: 0
            batch: 128
            shuffle: false
            dropLast: true
            biasRate: 0.0078125
            probeSamples: 1
            epochs: 400
            rules:
              backprop: {learningRate: 0.2}
              fa: {learningRate: 0.2, probe: gate}
              kolen-pollack: {learningRate: 0.3, probe: gate}
              wm: {learningRate: 0.05, probe: gate, mirror.asReleased: true}
            """),
        new ExperimentPreset("biotorch-mnist", "BioTorch, Sanfiz, Akrout 2021: LeNet on MNIST and Fashion-MNIST; it names no learning rates, these are ours", """
            data: mnist
            model: lenet
            optimizer: sgd
            learningRate: 0.01
            momentum: 0.9
            weightDecay: 0.001
            batch: 64
            schedule: step:50:0.1:25
            epochs: 100
            rules:
              backprop:
              fa: {learningRate: 0.003}
              dfa: {learningRate: 0.0001, feedback.preset: biotorch2021, feedback.projection: kernel, feedback.kernel: 5}
              usf:
              brsf:
              frsf:
            """),
        new ExperimentPreset("biotorch-cifar10", "BioTorch, Sanfiz, Akrout 2021: LeNet on CIFAR-10 with SGD, its learning rates for each rule", """
            data: cifar-10
            validation: 5000
            augment: crop=4,flip
            model: lenet
            optimizer: sgd
            learningRate: 0.1
            momentum: 0.9
            weightDecay: 0.0001
            batch: 128
            dropLast: true
            schedule: step:100:0.1:50
            epochs: 250
            rules:
              backprop:
              fa: {learningRate: 0.001}
              dfa: {learningRate: 0.0001, feedback.preset: biotorch2021, feedback.projection: kernel}
              usf:
              brsf:
              frsf:
            """),
        new ExperimentPreset("biotorch-cifar10-adam", "BioTorch, Sanfiz, Akrout 2021: the same with Adam", """
            data: cifar-10
            validation: 5000
            augment: crop=4,flip
            model: lenet
            optimizer: adam
            learningRate: 0.001
            weightDecay: 0.0001
            batch: 128
            dropLast: true
            schedule: step:100:0.1:50
            epochs: 250
            rules:
              backprop:
              fa: {learningRate: 0.0001}
              dfa: {learningRate: 0.0001, feedback.preset: biotorch2021, feedback.projection: kernel}
              usf:
              brsf:
              frsf:
            """),
    }.ToDictionary(preset => preset.Name);
}
