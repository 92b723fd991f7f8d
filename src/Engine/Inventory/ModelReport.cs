using System.Text.Json;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Files;

namespace MlxVideo.Engine.Inventory;

/// <summary>Description of a model, for people and as JSON.</summary>
/// <param name="Digest">SHA-256 by which batches name the model; null when it was not asked for.</param>
/// <param name="Bytes">Size of all files.</param>
/// <param name="Configuration">The checkpoint's configuration.</param>
/// <param name="Layers">Every weight; null when they were not asked for.</param>
public sealed record ModelReport(
    string Path, string Version, string? Digest, bool HasAudio, long Bytes, IReadOnlyList<FileReport> Files,
    IReadOnlyList<ComponentReport> Components, JsonElement Configuration, IReadOnlyList<LayerReport>? Layers)
{
    /// <summary>Describes a model; reads only the headers of its files.</summary>
    /// <param name="digest">See <see cref="Digest"/>.</param>
    /// <param name="layers">True to list every weight.</param>
    public static ModelReport Of(ModelFolder model, string? digest, bool layers)
    {
        using var inventory = ModelInventory.Open(model);
        var files = model.Files.Select(file => new FileReport(file.Role, file.Path, LinkTarget.Of(file.Path).Length)).ToList();
        return new ModelReport(
            model.Path, model.Version, digest, model.Configs.HasAudio, files.Sum(file => file.Bytes), files,
            inventory.Components.Select(ComponentReport.Of).ToList(), model.Configs.Checkpoint.Json,
            layers ? LayerReport.Of(inventory) : null);
    }
}

/// <summary>A file of a model.</summary>
/// <param name="Role">The file's role in the model, for example <c>checkpoint</c>.</param>
public sealed record FileReport(string Role, string Path, long Bytes);

/// <summary>A component of a model.</summary>
/// <param name="Formats">Bytes by number format: a dtype, or bits and group size of packed weights.</param>
public sealed record ComponentReport(string Name, int Weights, long Parameters, long Bytes, IReadOnlyDictionary<string, long> Formats)
{
    internal static ComponentReport Of(ComponentInventory component) => new(
        component.Name, component.Weights.Count, component.Parameters, component.Bytes,
        component.Weights.GroupBy(weight => weight.Format).OrderByDescending(group => group.Sum(weight => weight.Bytes))
            .ToDictionary(group => group.Key, group => group.Sum(weight => weight.Bytes)));
}

/// <summary>A weight of a model.</summary>
/// <param name="Format">A dtype, or bits and group size.</param>
public sealed record LayerReport(string Name, string Component, IReadOnlyList<long> Shape, string Format, long Bytes)
{
    internal static IReadOnlyList<LayerReport> Of(ModelInventory inventory) =>
    [
        .. from component in inventory.Components
           from weight in component.Weights
           select new LayerReport(weight.Key, component.Name, weight.Shape, weight.Format, weight.Bytes),
    ];
}
