using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages;

/// <summary>What a running stage may touch: the files of its artefacts, its progress, its cancellation.</summary>
/// <param name="Inputs">Files of the artefacts that it reads, by their names in the plan.</param>
/// <param name="Outputs">Files that it must write, by the artefacts' names.</param>
/// <param name="Progress">Told after each step.</param>
/// <param name="Cancellation">Looked at between steps.</param>
/// <param name="Scope">The stage's dispose scope: what is read lives as long.</param>
/// <param name="Evaluations">The way to a machine that computes evaluations of guided steps for this one; null for none.</param>
/// <param name="Notice">Told what the user should know although the stage goes on, in one sentence.</param>
public sealed record StageFiles(
    IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyDictionary<string, string> Outputs,
    Action<StageProgress>? Progress,
    CancellationToken Cancellation,
    DisposeScope Scope,
    IEvaluationExchange? Evaluations = null,
    Action<string>? Notice = null)
{
    /// <summary>Reads one tensor of a safetensors artefact, on the CPU.</summary>
    public Tensor Read(string artefact, string name)
    {
        using var file = SafetensorsFile.Open(Inputs[artefact]);
        var tensor = file.ReadTensor(name);
        Scope.Attach(tensor);
        return tensor;
    }

    /// <summary>Writes a safetensors artefact; its bytes depend on names and values alone.</summary>
    /// <exception cref="NonFiniteOutputException">A value is NaN or infinite; nothing is written.</exception>
    public void Write(string artefact, params IReadOnlyList<(string Name, Tensor Value)> tensors)
    {
        using var scope = TensorScope.OpenOnHost();
        var onHost = tensors.Select(tensor => (tensor.Name, Value: tensor.Value.cpu())).ToList();
        foreach (var (name, value) in onHost)
            RequireFinite(name, value);
        SafetensorsWriter.Write(Outputs[artefact], onHost.Select(tensor => SafetensorsTensors.ToWrite(tensor.Name, tensor.Value)));
    }

    /// <summary>
    /// Refuses to hand over what is no number: the stages after this one would make a black or silent clip of it. <see cref="Write"/>
    /// does so by itself; executors ask for what they hand over in another form, before it loses the trace.
    /// </summary>
    /// <param name="name">What the values are.</param>
    /// <param name="values">The values.</param>
    /// <exception cref="NonFiniteOutputException">A value is NaN or infinite.</exception>
    public static void RequireFinite(string name, Tensor values)
    {
        if (!FiniteValues.Are(values))
            throw new NonFiniteOutputException(name);
    }

    /// <summary>Notes a finished step and throws when the stage was cancelled.</summary>
    public void Step(int done, int total)
    {
        Progress?.Invoke(new StageProgress(done, total));
        Cancellation.ThrowIfCancellationRequested();
    }
}
