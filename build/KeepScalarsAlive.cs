using System;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Mono.Cecil;
using Mono.Cecil.Cil;

/// <summary>
/// Copies TorchSharp.dll with a <c>Scalar</c> that outlives the operation that it was made for: its constructor puts each one
/// into a ring of the last <see cref="Kept"/>.
/// </summary>
public sealed class KeepScalarsAlive : Task
{
    /// <summary>Far more than operations that run at the same time; a power of two, since the counter overflows.</summary>
    private const int Kept = 4096;

    [Required] public string Source { get; set; } = "";
    [Required] public string Destination { get; set; } = "";

    public override bool Execute()
    {
        using (var assembly = AssemblyDefinition.ReadAssembly(Source))
        {
            if (!Change(assembly.MainModule))
            {
                Log.LogError("TorchSharp's Scalar is not as KeepScalarsAlive knows it: see whether it is still needed "
                    + "(ScalarLifetimeTests), and change or remove it.");
                return false;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Destination)!);
            var temporary = Destination + "." + Guid.NewGuid().ToString("N");
            assembly.Write(temporary);
            File.Delete(Destination);
            try
            {
                File.Move(temporary, Destination);
            }
            catch (IOException) when (File.Exists(Destination))
            {
                File.Delete(temporary); // another project of the same build was faster
            }
        }

        return true;
    }

    private static bool Change(ModuleDefinition module)
    {
        var scalar = module.GetType("TorchSharp.Scalar");
        var interlocked = module.GetTypeReferences().SingleOrDefault(type => type.FullName == "System.Threading.Interlocked");
        var constructors = scalar?.Methods.Where(method => method.IsConstructor).ToList();
        if (interlocked is null || constructors?.Count != 1 || constructors[0].IsStatic)
            return false;
        var ends = constructors[0].Body.Instructions.Where(step => step.OpCode == OpCodes.Ret).ToList();
        if (ends.Count != 1)
            return false;
        var integer = module.TypeSystem.Int32;
        var ring = new FieldDefinition(
            "s_latest", FieldAttributes.Private | FieldAttributes.Static | FieldAttributes.InitOnly, new ArrayType(scalar));
        var made = new FieldDefinition("s_made", FieldAttributes.Private | FieldAttributes.Static, integer);
        scalar!.Fields.Add(ring);
        scalar.Fields.Add(made);
        scalar.Methods.Add(MakesRing(module, scalar, ring));

        var increment = new MethodReference(
            "Increment", integer, interlocked)
        { Parameters = { new ParameterDefinition(new ByReferenceType(integer)) } };
        var il = constructors[0].Body.GetILProcessor();
        foreach (var step in new[]
        {
            il.Create(OpCodes.Ldsfld, ring),
            il.Create(OpCodes.Ldsflda, made),
            il.Create(OpCodes.Call, increment),
            il.Create(OpCodes.Ldc_I4, Kept - 1),
            il.Create(OpCodes.And),
            il.Create(OpCodes.Ldarg_0),
            il.Create(OpCodes.Stelem_Ref),
        })
            il.InsertBefore(ends[0], step);
        return true;
    }

    private static MethodDefinition MakesRing(ModuleDefinition module, TypeDefinition scalar, FieldReference ring)
    {
        const MethodAttributes attributes = MethodAttributes.Private | MethodAttributes.Static | MethodAttributes.HideBySig
            | MethodAttributes.SpecialName | MethodAttributes.RTSpecialName;
        var method = new MethodDefinition(".cctor", attributes, module.TypeSystem.Void);
        var il = method.Body.GetILProcessor();
        il.Emit(OpCodes.Ldc_I4, Kept);
        il.Emit(OpCodes.Newarr, scalar);
        il.Emit(OpCodes.Stsfld, ring);
        il.Emit(OpCodes.Ret);
        return method;
    }
}
