using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Inventory;
using MlxVideo.Engine.Libraries;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Conversion;

/// <summary>
/// Writes a model in another dtype, quantized, with merged adapters, or in other files. It loads with the bits that the same changes have
/// while a model is loaded, except that adapters are merged into packed layers too.
/// </summary>
public static class ModelConverter
{
    private const string CheckpointName = "model.safetensors";
    private const string GemmaFolderName = "gemma";

    /// <summary>Converts a model into a new folder, which appears only when complete.</summary>
    /// <param name="progress">Called after each weight with the number of written weights and of all weights.</param>
    /// <param name="cancellationToken">Honoured between weights.</param>
    /// <exception cref="CheckpointException">The model is damaged or incomplete, or an adapter does not fit it.</exception>
    /// <exception cref="IOException">The folder exists and is not empty, the disk is too small, or it can't be written.</exception>
    public static void Convert(
        ModelFolder model, ConversionSettings settings, string output, Action<int, int>? progress, CancellationToken cancellationToken)
    {
        var target = Path.GetFullPath(output).TrimEnd(Path.DirectorySeparatorChar);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new IOException($"{output} is not empty; give a new folder for the model.");
        OpenMp.Require();
        ModelLoader.Check(model, new LoadOptions(settings.Adapters ?? []));
        using var inventory = ModelInventory.Open(model);
        using var conversion = new WeightConversion(inventory.Checkpoint, settings, model.TransformerQuantization);
        var weights = inventory.Components
            .Where(component => component.Name is not (ModelInventory.Upsampler or ModelInventory.TextEncoder))
            .SelectMany(component => component.Weights).Select(conversion.Convert).ToList();
        var copies = CopiesOf(model, settings.TextEncoder);
        var partial = $"{target}.{Guid.NewGuid():N}.partial";
        try
        {
            Directory.CreateDirectory(partial);
            RequireSpace(partial, weights, copies);
            Write(partial, model, weights, settings.PerComponent, progress, cancellationToken);
            foreach (var (source, name) in copies)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(partial, name))!);
                File.Copy(LinkTarget.Of(source).FullName, Path.Combine(partial, name));
            }

            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(partial, target);
        }
        finally
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
        }
    }

    private static void Write(
        string folder, ModelFolder model, List<ConvertedWeight> weights, bool perComponent, Action<int, int>? progress,
        CancellationToken cancellationToken)
    {
        var written = 0;
        foreach (var file in weights.GroupBy(weight => perComponent ? FileOf(weight.Key) : CheckpointName))
        {
            var metadata = new Dictionary<string, string> { ["format"] = "pt" };
            // A model folder is recognized by the configuration in the transformer's file.
            if (file.Any(weight => CheckpointSection.Transformer.Owns(weight.Key)))
            {
                metadata[ModelFolder.ConfigKey] = model.Configs.Checkpoint.Json.GetRawText();
                metadata[ModelFolder.VersionKey] = model.Version;
            }

            SafetensorsWriter.Write(Path.Combine(folder, file.Key), file.SelectMany(Counted).ToList(), metadata);
        }

        // Tensors are written in another order than they are listed in, so weights are counted by their main tensor.
        IEnumerable<TensorToWrite> Counted(ConvertedWeight weight) => weight.Tensors().Select(tensor => tensor with
        {
            WriteData = stream =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                tensor.WriteData(stream);
                if (tensor.Name == weight.Key)
                    progress?.Invoke(++written, weights.Count);
            },
        });
    }

    private static string FileOf(string key)
    {
        var section = CheckpointSection.Of(key);
        return section == CheckpointSection.Transformer ? "transformer.safetensors"
            : section == CheckpointSection.Connectors ? "connectors.safetensors"
            : $"{key.Split('.')[0]}.safetensors";
    }

    /// <summary>Returns the files to copy, with their names in the new folder.</summary>
    private static List<(string Source, string Name)> CopiesOf(ModelFolder model, bool textEncoder)
    {
        var copies = new List<(string Source, string Name)>();
        copies.AddRange(model.UpsamplerFiles.Select(file => (file, Path.GetFileName(file))));
        if (!textEncoder)
            return copies;
        var settings = FolderFiles.Enumerate(model.GemmaFolder, "*.json")
            .Where(file => !file.EndsWith(ShardIndex.Pattern[1..], StringComparison.Ordinal));
        copies.AddRange(
            settings.Concat(model.GemmaFiles).Append(model.TokenizerFile).DistinctBy(Path.GetFileName)
                .Select(file => (file, Path.Combine(GemmaFolderName, Path.GetFileName(file)))));
        return copies;
    }

    private static void RequireSpace(string folder, List<ConvertedWeight> weights, List<(string Source, string Name)> copies)
    {
        var needed = weights.SelectMany(weight => weight.Tensors())
                .Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size) * tensor.Dtype.ElementSize())
            + copies.Sum(copy => LinkTarget.Of(copy.Source).Length);
        var free = new Volume(folder).FreeBytes;
        if (needed > free)
            throw new IOException(
                $"The converted model needs {ByteSize.Text(needed)}, but only {ByteSize.Text(free)} are free at "
                    + $"{Path.GetDirectoryName(folder)}; free some space, or give a folder on another disk.");
    }
}
