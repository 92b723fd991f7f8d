using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Resuming;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Stages;

/// <summary>The environment of a running stage: artefact files, progress and cancellation.</summary>
/// <param name="Inputs">Files of the input artefacts, by their names in the plan.</param>
/// <param name="Outputs">Files to write, by artefact name.</param>
/// <param name="Progress">Called after each progress unit.</param>
/// <param name="Cancellation">Checked between progress units.</param>
/// <param name="Scope">The stage's dispose scope, which owns the tensors read from inputs.</param>
/// <param name="Evaluations">Connection to a helper for evaluations of guided steps; null for none.</param>
/// <param name="Notice">Receives a one-sentence notice for the user when the stage continues despite a problem.</param>
/// <param name="Resume">Holds the state of an interrupted run of the stage, and saves that of this one; null for neither.</param>
public sealed record StageFiles(
    IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyDictionary<string, string> Outputs,
    Action<StageProgress>? Progress,
    CancellationToken Cancellation,
    DisposeScope Scope,
    IEvaluationExchange? Evaluations = null,
    Action<string>? Notice = null,
    ResumePoint? Resume = null)
{
    /// <summary>Reads one tensor of a safetensors artefact to the CPU.</summary>
    public Tensor Read(string artefact, string name)
    {
        using var file = SafetensorsFile.Open(Inputs[artefact]);
        var tensor = file.ReadTensor(name);
        Scope.Attach(tensor);
        return tensor;
    }

    /// <summary>Reads a range of the latent frames, axis 2, of one tensor of a safetensors artefact to the CPU.</summary>
    /// <exception cref="StageException">The latent is shorter.</exception>
    public Tensor Read(LatentRange range, string name)
    {
        var latent = Read(range.Latent, name);
        if (range.Start + range.Frames > latent.shape[2])
        {
            throw new StageException(
                FailureKind.Input,
                $"The latent '{range.Latent}' has {latent.shape[2]} frames, but the stage needs frames {range.Start} to "
                    + $"{range.Start + range.Frames - 1}: it is not of this clip.");
        }

        return latent.narrow(2, range.Start, range.Frames);
    }

    /// <summary>Reads consecutive ranges of latent frames as one tensor on the CPU.</summary>
    public Tensor Read(IReadOnlyList<LatentRange> ranges, string name)
    {
        using var scope = TensorScope.OpenOnHost();
        // A single range is not copied.
        var latent = ranges is [var only] ? Read(only, name) : cat(ranges.Select(range => Read(range, name)).ToArray(), 2);
        return latent.MoveToOuterDisposeScope();
    }

    /// <summary>Writes a safetensors artefact; its bytes depend only on names and values.</summary>
    /// <exception cref="NonFiniteOutputException">A value is NaN or infinite; nothing is written.</exception>
    public void Write(string artefact, params IReadOnlyList<(string Name, Tensor Value)> tensors)
    {
        using var scope = TensorScope.OpenOnHost();
        var onHost = tensors.Select(tensor => (tensor.Name, Value: tensor.Value.cpu())).ToList();
        foreach (var (name, value) in onHost)
            RequireFinite(name, value);
        SafetensorsWriter.Write(Outputs[artefact], onHost.Select(tensor => SafetensorsTensors.ToWrite(tensor.Name, tensor.Value)));
    }

    /// <summary>Reads a text artefact.</summary>
    public string ReadText(string artefact) => File.ReadAllText(Inputs[artefact]);

    /// <summary>Writes a text artefact in UTF-8; the file appears only when complete.</summary>
    public void WriteText(string artefact, string text) => CompleteFile.WriteText(Outputs[artefact], text);

    /// <summary>
    /// Rejects NaN and infinity, which later stages would turn into a black or silent clip. <see cref="Write"/> calls it implicitly;
    /// executors call it for outputs that they write in another form, before the conversion hides the fault.
    /// </summary>
    /// <param name="name">Name of the output in the exception.</param>
    /// <exception cref="NonFiniteOutputException">A value is NaN or infinite.</exception>
    public static void RequireFinite(string name, Tensor values)
    {
        if (!FiniteValues.Are(values))
            throw new NonFiniteOutputException(name);
    }

    /// <summary>Reports a finished progress unit and throws when the stage was cancelled.</summary>
    public void Step(int done, int total)
    {
        Progress?.Invoke(new StageProgress(done, total));
        Cancellation.ThrowIfCancellationRequested();
    }
}
