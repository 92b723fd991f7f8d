using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Sampling;
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
/// <param name="Passes">The way to a machine that computes passes of guided steps for this one; null for none.</param>
public sealed record StageFiles(
    IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyDictionary<string, string> Outputs,
    Action<StageProgress>? Progress,
    CancellationToken Cancellation,
    DisposeScope Scope,
    IPassExchange? Passes = null)
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
    public void Write(string artefact, params IReadOnlyList<(string Name, Tensor Value)> tensors) =>
        SafetensorsWriter.Write(Outputs[artefact], tensors.Select(tensor => SafetensorsTensors.ToWrite(tensor.Name, tensor.Value)));

    /// <summary>Notes a finished step and throws when the stage was cancelled.</summary>
    public void Step(int done, int total)
    {
        Progress?.Invoke(new StageProgress(done, total));
        Cancellation.ThrowIfCancellationRequested();
    }
}
