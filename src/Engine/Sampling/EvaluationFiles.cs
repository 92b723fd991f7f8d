using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Safetensors files exchanged for offloaded evaluations: the tokens <c>video</c> and <c>audio</c> (B, T, C) in float32, and the
/// velocities of each evaluation, named like <c>unconditional.video</c>, in the transformer's dtype.
/// </summary>
internal static class EvaluationFiles
{
    private const string Video = "video";
    private const string Audio = "audio";

    public static void WriteTokens(string path, StreamTokens tokens) => Write(path, Named("", tokens));

    /// <summary>Reads the tokens of a step to the CPU; they belong to the current dispose scope.</summary>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public static StreamTokens ReadTokens(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return Read(file, "");
    }

    public static void WriteVelocities(string path, IReadOnlyDictionary<GuidanceEvaluation, StreamTokens> velocities) =>
        Write(path, velocities.SelectMany(evaluation => Named(Prefix(evaluation.Key), evaluation.Value)));

    /// <summary>
    /// Reads the velocities of an evaluation to the CPU; they belong to the current dispose scope. Null for a modality that the file lacks.
    /// </summary>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public static StreamTokens ReadVelocities(SafetensorsFile file, GuidanceEvaluation evaluation) => Read(file, Prefix(evaluation));

    private static string Prefix(GuidanceEvaluation evaluation) => $"{evaluation.ToString().ToLowerInvariant()}.";

    private static IEnumerable<(string Name, Tensor Value)> Named(string prefix, StreamTokens tokens)
    {
        if (tokens.Video is { } video)
            yield return (prefix + Video, video);
        if (tokens.Audio is { } audio)
            yield return (prefix + Audio, audio);
    }

    private static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors) =>
        SafetensorsWriter.Write(path, tensors.Select(tensor => SafetensorsTensors.ToWrite(tensor.Name, tensor.Value)));

    private static StreamTokens Read(SafetensorsFile file, string prefix)
    {
        return new StreamTokens(ReadOne(prefix + Video), ReadOne(prefix + Audio));

        Tensor? ReadOne(string name)
        {
            if (!file.Header.Tensors.ContainsKey(name))
                return null;
            var tensor = file.ReadTensor(name);
            CurrentDisposeScope?.Attach(tensor);
            return tensor;
        }
    }
}
