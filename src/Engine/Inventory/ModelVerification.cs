using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Libraries;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Inventory;

/// <summary>Examines a model completely: every weight that the model needs exists in its shape, and all values are finite.</summary>
public static class ModelVerification
{
    /// <summary>Reads all weights and returns the faults, one sentence each.</summary>
    /// <param name="progress">Called after each component with its name.</param>
    /// <param name="cancellationToken">Honoured between weights.</param>
    public static IReadOnlyList<string> FindFaults(ModelFolder model, Action<string>? progress, CancellationToken cancellationToken)
    {
        OpenMp.Require();
        var faults = new List<string>();
        try
        {
            ModelLoader.Check(model);
        }
        catch (Exception ex) when (ex is CheckpointException or SafetensorsException)
        {
            faults.Add(ex.Message);
        }

        using var inventory = ModelInventory.Open(model);
        foreach (var component in inventory.Components)
        {
            foreach (var stored in component.Weights.SelectMany(weight => weight.Companions.Values.Prepend(weight.Stored)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (StoredValues.FindFault(stored) is { } fault)
                    faults.Add($"{stored.File.Path}: '{stored.Entry.Name}' {fault}.");
            }

            progress?.Invoke(component.Name);
        }

        return faults;
    }
}
